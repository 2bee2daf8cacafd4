// What a page must not do, wherever it is opened and whatever it shows: complain in
// the console, break its own policy, talk to a stranger.

/**
 * Opens a page with a player, as `browser.open` does; `faults` is a list of what it
 * does amiss from the very start.
 *
 * @param hosts whom it may talk to beside its own server, such as 127.0.0.1:1234.
 */
export async function openWatched(t, browser, url, { hosts = [], prepare, ...options } = {}) {
  const faults = [];
  const allowed = [new URL(url).host, ...hosts];
  const meet = (address) => {
    const { protocol, host } = new URL(address);
    if (/^(https?|wss?):$/.test(protocol) && !allowed.includes(host)) faults.push(`a request to ${address}`);
  };
  const follow = async (page) => {
    await prepare?.(page);
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) faults.push(`${message.type()}: ${message.text()} ${message.location().url}`);
    });
    page.on("pageerror", (error) => faults.push(`uncaught: ${error.message}`));
    page.on("request", (request) => meet(request.url()));
    page.on("websocket", (socket) => meet(socket.url()));
    await page.exposeFunction("tellFault", (fault) => faults.push(fault));
    await page.addInitScript(() => document.addEventListener("securitypolicyviolation", (event) =>
      window.tellFault(`${event.violatedDirective} forbids ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`)));
  };
  const viewer = await browser.open(t, url, { ...options, prepare: follow });
  return Object.assign(viewer, { faults });
}
