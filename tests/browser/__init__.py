"""The pages in Chromium. `git grep test_mail_page_07` finds the tests that show law 7 of the pages on which mail is
read and acted on, in all folders:

1 two people act at random while everything fails: every page ends at Gmail's state, each difference once at Gmail
2 an act that is posted again has one effect · 3 an act does not wait behind a long first sync
4 nor does a push shorten Gmail's pause for it · 5 mail that came after the reader looked is not acted on
6 undo leaves what others changed · 7 who has left acts no more, and is told · 8 a read-only mailbox is only read
9 a narrower consent never replaces a broader one · 10 trash and spam are not in the inbox, whatever labels they keep
11 no mail runs or asks for anything · 12 HTML of any depth and size is answered in a second, or shown as text
13 also when the cleaner panics · 14 text is read in the charset that it has · 15 names of files are harmless
16 new mail comes while readers are at their limit · 17 the focus is never lost
18 an event costs no more among twenty thousand rows · 19 each address survives back, reload and no scripts
20 no notice while any tab is looked at · 21 a row that was taken away does not come back with a list read anew
22 keys reach the page from within a mail · 23 a page goes on through a deploy
"""
