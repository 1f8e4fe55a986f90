// What can be asked of @supabase/realtime-js, by programs of Node and by pages alike.
import { RealtimeClient } from "@supabase/realtime-js";

/** Connect to a project; `tell` gets all that happens. Returns a function that obeys one command. */
export function obedient({ url, apikey, vsn, tell }) {
  const client = new RealtimeClient(`${url.replace(/^http/, "ws")}/realtime/v1`, { params: { apikey }, vsn });
  const channels = new Map();
  const commands = {
    async join({ topic, isPrivate, token }) {
      await client.setAuth(token ?? null);
      const config = { private: isPrivate, broadcast: { self: false, ack: false } };
      const channel = client.channel(topic, { config });
      channels.set(topic, channel);
      channel.on("broadcast", { event: "*" }, ({ event, payload }) => tell({ what: "heard", topic, event, payload }));
      channel.on("system", {}, ({ status, message }) => {
        if (status === "error") tell({ what: "system", topic, message });
      });
      channel.subscribe((status, error) => tell({ what: status, topic, reason: error?.message ?? "" }));
    },
    async token({ token }) {
      await client.setAuth(token);
    },
    async say({ topic, payload }) {
      await channels.get(topic).send({ type: "broadcast", event: "frames", payload });
    },
    async leave({ topic }) {
      await client.removeChannel(channels.get(topic));
      tell({ what: "left", topic });
    },
  };
  return (command) => commands[command.do](command);
}
