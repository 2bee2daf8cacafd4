// npm bittorrent-tracker as a WebSocket tracker and nothing else.
import Server from "bittorrent-tracker/server";

const server = new Server({ http: false, udp: false, ws: true, stats: false });
server.on("error", (error) => { throw error; });
server.on("warning", () => {});
process.on("SIGINT", () => process.exit());
server.listen(Number(process.env.PORT), "127.0.0.1");
