/* frames: Docker's frames of a log taken apart: 8 bytes (stream, 0, 0, 0, length), then a line. */

/**
 * Read a log with frames until it ends.
 * @param {ReadableStream<Uint8Array>} body
 * @param {(stream: number, text: string) => void} onLine stream 1 is standard output, 2 standard error, 3 what berth says
 */
export const readFrames = async (body, onLine) => {
	const reader = body.getReader();
	const decoder = new TextDecoder("utf-8");
	let held = new Uint8Array(0);
	for (;;) {
		const { done, value } = await reader.read();
		if (done) return;
		const bytes = new Uint8Array(held.length + value.length);
		bytes.set(held);
		bytes.set(value, held.length);
		let at = 0;
		while (bytes.length - at >= 8) {
			const size = new DataView(bytes.buffer, at + 4, 4).getUint32(0);
			if (bytes.length - at - 8 < size) break;
			const text = decoder.decode(bytes.subarray(at + 8, at + 8 + size));
			onLine(bytes[at], text.replace(/\r?\n$/, ""));
			at += 8 + size;
		}
		held = bytes.slice(at);
	}
};

const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
// eslint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A line without what would steer a terminal or turn the direction of text. @param {string} line */
export const plain = (line) => line.replace(escapes, "").replace(controls, "");
