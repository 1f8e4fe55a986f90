"""The parts of generated mail: names, subjects and sentences that break naive programs."""

SENDERS = (
    ("Ada Lovelace", "ada@analytical.example"),
    ("Grace Hopper", "grace@navy.example"),
    ("Jürgen Müller", "juergen.mueller@beispiel.example"),
    ("Zoë Ångström", "zoe@angstrom.example"),
    ("山田 太郎", "yamada@rei.example"),
    ("김민수", "minsu.kim@seoul.example"),
    ("ليلى حداد", "layla@beirut.example"),
    ("נועה כהן", "noa@haifa.example"),
    ("O'Brien, Pat", "pat.obrien@dublin.example"),
    ("GitHub", "notifications@github.example"),
    ("Deutsche Bahn", "tickets@bahn.example"),
    ('"The "Quoted" Team"', "quoted@team.example"),
    ("", "no-reply@statements.bank.example"),
    ("Nguyễn Thị Hương", "huong@hanoi.example"),
)

SUBJECTS = (
    "Lunch on Thursday?",
    "Minutes of the board meeting",
    "Your invoice #4711 is ready",
    "Re-scheduling: the review moves to 3 pm & the room changes too",
    "Grüße aus Köln – schöne Ostern!",
    "Déjà vu : la réunion de février",
    "🎉 Your order has shipped 🚚📦",
    "👩🏽‍💻 code review, please 🙏",
    "会議の議事録をお送りします",
    "프로젝트 일정 변경 안내",
    "关于下周的出差安排",
    "مرحبا! تحديث بخصوص اجتماع الغد",
    "תזכורת: פגישה ביום חמישי",
    "Mixed: שלום and hello and مرحبا",
    "",
    "<script>alert(1)</script>",
    "<b>50% off</b> & more <img src=x onerror=alert(1)>",
    "5 > 3 && 2 < 4",
    'Tom\'s "quoted" subject; with, punctuation: and a backslash \\',
    "A very long subject that a page must cut somewhere because nobody reads all of it, though the sender "
    "went on and on about the quarterly figures, the new coffee machine, the parking permits for visitors, "
    "the fire drill, and at last the question that the mail was about: are you coming?",
    "Averyveryverylongwordwithoutanyspacesthatdoesnotbreak" * 3,
    "[JIRA] (PROJ-42) Build is red again",
    "Security alert: new sign-in",
    "Weekly digest",
    "Photos of the weekend",
    "Your table is booked",
)

SENTENCES = (
    "Hi there, just a quick note before the weekend.",
    "Please find the figures below & tell me what you think.",
    "It's Tom's turn to bring the cake.",
    'She said "yes", and that is all we need.',
    "If a < b and b > c, then nothing follows.",
    "Wir sehen uns nächste Woche in Köln, schöne Grüße!",
    "На следующей неделе всё будет готово.",
    "どうぞよろしくお願いいたします。",
    "请在周五之前确认。",
    "أراك غدا إن شاء الله.",
    "נתראה מחר בבוקר.",
    "The parcel 📦 arrives between 10 and 12 🕙.",
    "Let me know if another day suits you better.",
    "Nothing else to report from here.",
    "The build has been green since yesterday evening.",
    "You can cancel free of charge until the day before.",
)

CATEGORIES = (
    "CATEGORY_PERSONAL",
    "CATEGORY_UPDATES",
    "CATEGORY_PROMOTIONS",
    "CATEGORY_SOCIAL",
    "CATEGORY_FORUMS",
)
