/* live: the history as it happens, by one stream for all tabs of the browser. The tabs elect one by a lock: it holds the
 * stream and hands on what comes. (A SharedWorker is out: its address is a script's, which Trusted Types `none` refuse.) */
import { signal } from "./lib.js";
import { api, session } from "./api.js";

/** "off", "connecting", "live" or "waiting" (cut off, it is tried again) */
export const liveState = signal("off");

const listeners = new Set();
const channel = "BroadcastChannel" in window ? new BroadcastChannel("berth-live") : null;
let cursor = "now";
let source = null;
let leads = false;
let wait = 500;
let timer = 0;
let release = null;
let stopped = true;

/**
 * Hear every event. @param {(event: object|null) => void} listener null: there may be a gap, look at everything again
 * @returns {() => void} stops it
 */
export const onEvent = (listener) => {
	listeners.add(listener);
	return () => listeners.delete(listener);
};

const tell = (event) => {
	for (const listener of listeners) listener(event);
};
const share = (message) => channel && channel.postMessage(message);
const become = (state) => {
	if (liveState.value === state) return;
	const back = state === "live" && liveState.value === "waiting";
	liveState.value = state;
	if (leads) share({ state, back });
	if (back) tell(null);
};

const close = () => {
	clearTimeout(timer);
	if (source) source.close();
	source = null;
};

const retry = () => {
	close();
	if (stopped || !leads) return;
	become("waiting");
	timer = setTimeout(open, wait);
	wait = Math.min(wait * 2, 8000);
	/* Is it the session that has ended? The stream does not tell; this asks for a new one in place. */
	api("/auth/session").catch(() => {});
};

const open = () => {
	close();
	if (stopped || !leads) return;
	if (liveState.value === "off") become("connecting");
	source = new EventSource("/api/events?follow=true&after=" + encodeURIComponent(cursor));
	source.onopen = () => {
		wait = 500;
		become("live");
	};
	source.onmessage = (message) => {
		const event = JSON.parse(message.data);
		if (event.cursor) cursor = event.cursor;
		share({ event });
		tell(event);
	};
	source.addEventListener("end", (message) => {
		const end = JSON.parse(message.data);
		if (end.cursor && end.end !== "left") cursor = end.cursor;
		retry();
	});
	source.onerror = retry;
};

if (channel)
	channel.onmessage = ({ data }) => {
		if (data.hello && leads) share({ state: liveState.value });
		else if (!leads && data.state) {
			liveState.value = data.state;
			if (data.back) tell(null);
		} else if (!leads && data.event) {
			if (data.event.cursor) cursor = data.event.cursor;
			tell(data.event);
		}
	};

const lead = () =>
	new Promise((resolve) => {
		leads = true;
		release = resolve;
		open();
	});

/** Begin; harmless when it goes on already. */
export const startLive = () => {
	if (!stopped) return;
	stopped = false;
	become("connecting");
	share({ hello: true });
	if (navigator.locks && channel) navigator.locks.request("berth-live", () => (stopped ? undefined : lead()));
	else lead();
};

/** End it: nobody is signed in any more. */
export const stopLive = () => {
	stopped = true;
	close();
	leads = false;
	cursor = "now";
	liveState.value = "off";
	if (release) release();
	release = null;
};

addEventListener("online", () => {
	if (leads && liveState.value === "waiting" && session.value) open();
});
