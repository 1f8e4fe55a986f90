"""What Finito needs of a project, in twenty steps; each says in its docstring what holds, and how to mend it."""

from tests.conformance.supabase import hearing, joining, posting

STEPS = (*posting.STEPS, *joining.STEPS, *hearing.STEPS)
POLICIES = "run docs/supabase.sql in the project's SQL editor"
WIDE = "drop every other policy on realtime.messages (select * from pg_policies): policies add up, and one is too wide"
KEY = "import the public part of the signing key into the project, or give its legacy secret"
