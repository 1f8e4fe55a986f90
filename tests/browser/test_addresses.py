"""Every address of a mail leads where we say it does: the browser reads ours as it reads the sender's."""

from playwright.sync_api import Page

from gmail_sync.reading.web_addresses import canonical, host_of
from tests.gmail_sync.reading.odd_addresses import ADDRESSES

READ = """(addresses) => addresses.map((address) => {
  try {
    return new URL(address).hostname;
  } catch {
    return null;
  }
})"""


def test_it_reads_addresses_as_the_browser_does(tab: Page) -> None:
    made = {address: canonical(address) for address in ADDRESSES}
    pairs = [(address, ours) for address, ours in made.items() if ours]
    theirs = tab.evaluate(READ, [address for address, _ in pairs])
    ours = tab.evaluate(READ, [address for _, address in pairs])
    faults = {
        address: (one, other) for (address, _), one, other in zip(pairs, theirs, ours, strict=True) if one != other
    }
    assert faults == {}
    told = {host_of(address): host for (_, address), host in zip(pairs, ours, strict=True) if host is not None}
    assert {said: host for said, host in told.items() if said != host} == {}
