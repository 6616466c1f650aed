/* overlay: what lies above the page: menus, dialogs, questions, notes. */
import { html, signal, useEffect, useRef } from "../lib.js";
import { Icon } from "./icons.js";
import { Button, Copyable, announce } from "./parts.js";
import { asCli, asCurl } from "../cli.js";

let popoverCount = 0;

/**
 * A button that opens a panel beside it.
 * @param {{label: string, icon?: string, text?: string, kind?: string, role?: string, children: (close: () => void) => any}} props
 */
export const Popover = ({ label, icon, text, kind = "ghost", small, role = "dialog", children }) => {
	const panel = useRef(null);
	const button = useRef(null);
	const id = useRef(null);
	id.current ??= "popover-" + ++popoverCount;
	const open = useRef(signal(false)).current;
	const wanted = useRef(signal(false)).current; /* until then there is no panel: a long list has many buttons */
	const place = () => {
		const at = button.current.getBoundingClientRect();
		const box = panel.current;
		const width = box.offsetWidth;
		const below = at.bottom + 6 + box.offsetHeight < innerHeight || at.top < box.offsetHeight;
		box.style.left = Math.max(8, Math.min(at.right - width, innerWidth - width - 8)) + "px";
		box.style.top = (below ? at.bottom + 6 : at.top - 6 - box.offsetHeight) + "px";
	};
	const close = () => panel.current?.hidePopover();
	useEffect(() => {
		const node = panel.current;
		if (!node) return undefined;
		const toggled = (event) => {
			open.value = event.newState === "open";
			if (!open.value) return;
			requestAnimationFrame(() => {
				place();
				node.querySelector("[role=menuitem], button, input")?.focus();
			});
		};
		node.addEventListener("toggle", toggled);
		button.current.popoverTargetElement = node; /* from now on the browser itself opens and closes it */
		node.showPopover();
		return () => node.removeEventListener("toggle", toggled);
	}, [wanted.value]);
	const keys = (event) => {
		const items = [...panel.current.querySelectorAll("[role=menuitem]:not(:disabled)")];
		const at = items.indexOf(document.activeElement);
		const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		if (!step || !items.length) return;
		event.preventDefault();
		items[(at + step + items.length) % items.length].focus();
	};
	return html`
		<button type="button" ref=${button} class=${`button button-${kind} ${small ? "button-small" : ""} ${text ? "" : "button-square"}`} aria-label=${text ? undefined : label} title=${label}
			aria-haspopup=${role} aria-expanded=${open.value ? "true" : "false"} aria-controls=${id.current}
			onClick=${(event) => {
				event.stopPropagation();
				wanted.value = true;
			}}>
			${icon && html`<${Icon} name=${icon} />`}${text && html`<span>${text}</span>`}
		</button>
		${wanted.value && html`<div popover="auto" id=${id.current} ref=${panel} class=${role === "menu" ? "menu" : "panel"} role=${role} aria-label=${label} onKeyDown=${keys} onClick=${(event) => event.stopPropagation()}>
			${open.value && children(close)}
		</div>`}`;
};

/** @param {{label: string, items: ({name: string, icon?: string, danger?: boolean, do: () => void}|null|false)[]}} props */
export const Menu = ({ label, items, icon = "more", ...rest }) => html`
	<${Popover} label=${label} icon=${icon} role="menu" ...${rest}>${(close) =>
		items.filter(Boolean).map((item) => html`<button type="button" role="menuitem" key=${item.name} class=${"menu-item " + (item.danger ? "tone-bad" : "")} onClick=${() => {
			close();
			item.do();
		}}>${item.icon && html`<${Icon} name=${item.icon} />`}<span>${item.name}</span>${item.key && html`<kbd aria-hidden="true">${item.key}</kbd>`}</button>`)}
	</${Popover}>`;

const Commands = ({ actions }) => html`
	<div class="stack commands">
		<p class="muted">Command line</p><${Copyable} text=${asCli(actions)} label="as CLI" />
		<p class="muted">curl</p><${Copyable} text=${asCurl(actions)} label="as curl" />
	</div>`;

/** The same action as a command: for scripts, and for learning it. @param {{actions: import("../cli.js").Action[]}} props */
export const CopyAs = ({ actions, text, small = true }) => html`
	<${Popover} label="Copy as CLI or curl" icon="terminal" text=${text} small=${small} kind=${text ? "plain" : "ghost"}>${() => html`<${Commands} actions=${typeof actions === "function" ? actions() : actions} />`}</${Popover}>`;

/** A modal dialog; it is there as long as it is rendered. @param {{title: string, onClose: () => void, wide?: boolean}} props */
export const Dialog = ({ title, onClose, wide, children }) => {
	const node = useRef(null);
	useEffect(() => {
		const before = document.activeElement;
		node.current.showModal();
		node.current.querySelector("[autofocus], .dialog-body input:not([readonly]), .dialog-body textarea")?.focus();
		return () => before?.isConnected && before.focus?.();
	}, []);
	return html`<dialog ref=${node} class=${wide ? "dialog dialog-wide" : "dialog"} aria-labelledby="dialog-title"
		onCancel=${(event) => {
			event.preventDefault();
			onClose();
		}}
		onMouseDown=${(event) => event.target === node.current && onClose()}>
		<div class="dialog-box">
			<div class="dialog-head"><h2 id="dialog-title">${title}</h2><${Button} kind="ghost" small icon="close" label="Close" onClick=${onClose} /></div>
			${children}
		</div>
	</dialog>`;
};

const question = signal(null);

/**
 * Ask before something is done.
 * @param {{title: string, text: any, button: string, danger?: boolean, actions?: import("../cli.js").Action[]}} what
 * @returns {Promise<boolean>}
 */
export const confirm = (what) =>
	new Promise((resolve) => {
		question.value = { ...what, resolve };
	});

const Question = () => {
	const asked = question.value;
	if (!asked) return null;
	const answer = (yes) => {
		question.value = null;
		asked.resolve(yes);
	};
	return html`<${Dialog} title=${asked.title} onClose=${() => answer(false)}>
		<div class="dialog-body stack">${asked.text}</div>
		<div class="dialog-foot">
			${asked.actions && html`<${CopyAs} actions=${asked.actions} />`}
			<span class="push"></span>
			<${Button} onClick=${() => answer(false)}>Cancel</${Button}>
			<${Button} kind=${asked.danger ? "danger" : "primary"} autofocus onClick=${() => answer(true)}>${asked.button}</${Button}>
		</div>
	</${Dialog}>`;
};

const notes = signal([]);
let noteCount = 0;

/**
 * A note in the corner. @param {{tone?: string, text: string, detail?: string, href?: string, link?: string, busy?: boolean}} what
 * @returns {{change: (what: object) => void, close: () => void}}
 */
export const note = (what) => {
	const id = ++noteCount;
	let timer = 0;
	const close = () => {
		notes.value = notes.value.filter((one) => one.id !== id);
	};
	const live = (shown) => {
		clearTimeout(timer);
		if (!shown.busy) timer = setTimeout(close, shown.tone === "bad" ? 15000 : 4000);
		announce([shown.text, shown.detail].filter(Boolean).join(" "));
	};
	notes.value = [...notes.value.slice(-3), { id, close, ...what }];
	live(what);
	return {
		close,
		change(next) {
			notes.value = notes.value.some((one) => one.id === id)
				? notes.value.map((one) => (one.id === id ? { id, close, ...next } : one))
				: [...notes.value, { id, close, ...next }];
			live(next);
		},
	};
};

const shapes = { ok: "check", bad: "cross", warn: "triangle", busy: "ring", idle: "info" };

const Notes = () => html`<div class="notes">${notes.value.map((one) => {
	const tone = one.busy ? "busy" : one.tone || "ok";
	return html`<div class="note" key=${one.id}>
		<${Icon} name=${shapes[tone]} class=${`tone-${tone} ${one.busy ? "turning" : ""}`} />
		<div class="note-text"><p class="strong break">${one.text}</p>${one.detail && html`<p class="quiet break">${one.detail}</p>`}${one.href && html`<a class="link" href=${one.href}>${one.link}</a>`}</div>
		<${Button} kind="ghost" small icon="close" label="Dismiss" onClick=${one.close} />
	</div>`;
})}</div>`;

/** Everything above the page; rendered once. */
export const Overlays = () => html`<${Question} /><${Notes} />`;
