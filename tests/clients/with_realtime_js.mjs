// Speaks to Supabase Realtime with @supabase/realtime-js: node with_realtime_js.mjs URL KEY VERSION.
// Reads one JSON command a line, and prints one JSON line for all that happens.
import { createInterface } from "node:readline";
import { obedient } from "./realtime_js.mjs";

const [url, apikey, vsn] = process.argv.slice(2);
const obey = obedient({ url, apikey, vsn, tell: (what) => console.log(JSON.stringify(what)) });
for await (const line of createInterface({ input: process.stdin })) await obey(JSON.parse(line));
process.exit(0);
