"""HTML of strangers who mean harm, or whose programs are strange: a page that shows it runs nothing and asks nobody."""

ODD_BODIES = (
    "<script>document.title = 'ran'</script><p>Nothing runs here.</p>",
    "<p>A picture that is none: <img src=x onerror=\"top.document.title = 'ran'\"></p>",
    '<p>Counted: <img src="https://counting.example/seen.gif" width="1" height="1"></p>',
    '<style>@import "https://counting.example/style.css"; body { background: url(https://counting.example/b) }</style>'
    "<p>A style that asks for more.</p>",
    '<p><a href="javascript:alert(1)">It runs</a>, <a href="https://other.example/">www.your-bank.example</a></p>',
    '<form action="https://counting.example/"><p>Your password: <input name="password"><button>Go</button></p></form>',
    '<iframe src="https://counting.example/"></iframe><object data="https://counting.example/"></object><p>Frames.</p>',
    '<div style="position: fixed; inset: 0; background: #fff; z-index: 9999">You are signed out. Sign in again.</div>',
    "<div>" * 1500 + "Deep" + "</div>" * 1500,
    '<meta http-equiv="refresh" content="0; url=https://counting.example/"><base href="https://counting.example/"><p>Off.',
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s></svg><math><mtext><p>Drawn.</p></mtext></math>",
    "",
)
