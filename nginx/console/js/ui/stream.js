/* stream: a stream of server-sent events that a view reads while it is shown. */
import { useEffect } from "../lib.js";

/**
 * @param {string|null} path null: none at present
 * @param {Object<string, (data: any, stop: () => void) => void>} on handlers by the event's name, `message` for those without
 * @param {(state: "open"|"cut") => void} [onState]
 */
export const useStream = (path, on, onState = () => {}) => {
	useEffect(() => {
		if (!path) return undefined;
		let source = null;
		let timer = 0;
		let wait = 500;
		let over = false;
		const stop = () => {
			over = true;
			clearTimeout(timer);
			source?.close();
		};
		const open = () => {
			source = new EventSource(path);
			source.onopen = () => {
				wait = 500;
				onState("open");
			};
			source.onerror = () => {
				source.close();
				if (over) return;
				onState("cut");
				timer = setTimeout(open, wait);
				wait = Math.min(wait * 2, 10000);
			};
			for (const [name, handler] of Object.entries(on))
				source.addEventListener(name, (message) => !over && handler(JSON.parse(message.data), stop));
		};
		open();
		return stop;
	}, [path]);
};
