import { randomBytes } from "node:crypto";
import { request } from "node:http";

/** As much of the browser's WebSocket as the event channel uses; Node 20 has none of its own. */
export class WebSocket {
    constructor(url) {
        const upgrade = request(url.replace(/^ws/, "http"), {
            headers: {
                Connection: "Upgrade",
                Upgrade: "websocket",
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
            },
        });
        this._buffer = Buffer.alloc(0);
        this._closed = false;
        upgrade.on("upgrade", (response, socket, head) => this._opened(socket, head));
        upgrade.on("response", () => this._end(1006));
        upgrade.on("error", () => this._end(1006));
        upgrade.end();
    }

    send(text) {
        this._write(0x1, Buffer.from(text));
    }

    close() {
        if (this._socket) {
            this._write(0x8, Buffer.from([0x03, 0xe8]));
            this._socket.end();
        }
    }

    _opened(socket, head) {
        this._socket = socket;
        socket.on("data", (data) => this._receive(data));
        socket.on("close", () => this._end(1006));
        socket.on("error", () => this._end(1006));
        this.onopen?.();
        this._receive(head);
    }

    _receive(data) {
        this._buffer = Buffer.concat([this._buffer, data]);
        for (let frame; (frame = this._frame());) {
            if (frame.opcode === 0x1) {
                this.onmessage?.({ data: frame.payload.toString() });
            } else if (frame.opcode === 0x8) {
                this._end(frame.payload.length >= 2 ? frame.payload.readUInt16BE(0) : 1005);
            } else if (frame.opcode === 0x9) {
                this._write(0xa, frame.payload);
            }
        }
    }

    /** The next whole frame; the gateway neither masks nor fragments. */
    _frame() {
        const { _buffer: buffer } = this;
        if (buffer.length < 2) {
            return null;
        }
        const short = buffer[1] & 0x7f;
        const header = short === 126 ? 4 : short === 127 ? 10 : 2;
        if (buffer.length < header) {
            return null;
        }
        const length =
            header === 2
                ? short
                : header === 4
                  ? buffer.readUInt16BE(2)
                  : Number(buffer.readBigUInt64BE(2));
        if (buffer.length < header + length) {
            return null;
        }
        this._buffer = buffer.subarray(header + length);
        return { opcode: buffer[0] & 0x0f, payload: buffer.subarray(header, header + length) };
    }

    _write(opcode, payload) {
        const mask = randomBytes(4);
        const length =
            payload.length < 126
                ? Buffer.from([0x80 | payload.length])
                : Buffer.from([0x80 | 126, payload.length >> 8, payload.length & 0xff]);
        const masked = payload.map((byte, index) => byte ^ mask[index % 4]);
        this._socket.write(Buffer.concat([Buffer.from([0x80 | opcode]), length, mask, masked]));
    }

    _end(code) {
        if (!this._closed) {
            this._closed = true;
            this._socket?.destroy();
            this.onclose?.({ code });
        }
    }
}
