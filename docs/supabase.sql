-- What a Supabase project needs before Finito may use it: run this once in the project's SQL editor.
--
-- Realtime asks these policies when a browser joins a private channel (SELECT) and when Finito broadcasts to one
-- (INSERT), with the claims of the token that each of them holds. Finito signs both tokens. A browser's names the one
-- topic that it may hear, and lets it say nothing. Finito's own may broadcast to Finito's topics, and hear nothing.
-- Policies add up: one that is wider, made for something else, lets others in. Use a project that holds nothing else.

drop policy if exists finito_listen on realtime.messages;
create policy finito_listen on realtime.messages for select to authenticated
  using (
    extension = 'broadcast'
    and (select realtime.topic())
      = (select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'finito_topic')
  );

drop policy if exists finito_publish on realtime.messages;
create policy finito_publish on realtime.messages for insert to authenticated
  with check (
    extension = 'broadcast'
    and (select realtime.topic()) like 'finito:%'
    and (select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'finito_publisher') = 'true'
  );
