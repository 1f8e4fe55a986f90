"""The browser of the tests and of the pictures."""

import shutil

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# The same pages for a fifth less CPU: no windows, and no notices of the system's.
HEADLESS = shutil.which("chromium-headless-shell") or CHROMIUM
# The address bar's pop-ups, which no page sees, cost each profile a process and a second of CPU. Chromium heeds the
# last list alone, so that ours goes on with what Playwright's has (its chromiumSwitches.ts).
FEATURES = (
    "WebUIOmniboxPopup,WebUIOmniboxAimPopup,"
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,"
    "LensOverlay,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,AvoidCorsURLLoaderRestartOnRedirect,"
    "OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch"
)
# No sandbox, since root has none; the rest, so that a browser speaks to nobody but the page's server.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={FEATURES}",
]
