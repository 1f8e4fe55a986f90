// Leads the tabs of a browser that gives them no Web Locks (plain http by a name is no secure context): a shared worker
// lives as long as any of them, so that nobody need be elected. Its name says what it is to connect to (tabs.js).

import { Leader } from "./leader.js";

const { name, url, types } = JSON.parse(self.name);
const channel = new BroadcastChannel(name);
const leader = new Leader({ url, types, send: (message) => channel.postMessage(message) });
let begun = false;

channel.onmessage = ({ data }) => {
  if (begun) leader.hear(data);
  else if (data.kind === "hello") {
    begun = true;
    leader.begin(data.cursor);
  }
};
leader.announce(); // whoever said hello while we were loaded says it again
