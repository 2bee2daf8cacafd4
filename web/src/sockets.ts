// The module's WebSockets, so that they end with it: it cannot close them itself
// when it has run out of memory, and trackers would go on counting it.

export class Sockets {
  private readonly open = new Set<WebSocket>();

  /**
   * Takes the next WebSocket for the module's. Its library makes them itself, by
   * what window calls WebSocket: for once, that name stands for something that
   * makes one and remembers it.
   */
  awaitOne(): void {
    const usual = Object.getOwnPropertyDescriptor(window, "WebSocket");
    if (!usual?.configurable) return; // a page has locked it
    const made = this.open;
    Object.defineProperty(window, "WebSocket", {
      configurable: true,
      get: () => {
        Object.defineProperty(window, "WebSocket", usual);
        return class {
          constructor(...args: ConstructorParameters<typeof WebSocket>) {
            const socket = new window.WebSocket(...args);
            made.add(socket);
            socket.addEventListener("close", () => made.delete(socket));
            return socket;
          }
        };
      },
    });
  }

  close(): void {
    for (const socket of this.open) socket.close();
  }
}
