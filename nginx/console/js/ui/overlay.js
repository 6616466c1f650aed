/* overlay: what lies above the page: menus, dialogs, questions, notes, and actions as commands. */
import { html, signal, useEffect, useLayoutEffect, useRef, useSignal } from "../lib.js";
import { Icon, Button, Copyable, announce } from "./parts.js";

/**
 * @typedef {object} Action
 * @property {string} title what it does, for buttons and questions
 * @property {string} method
 * @property {string} path with its query
 * @property {object} [body]
 * @property {string[]} cli words after `berth`
 * @property {string} [stdin] what the command reads
 */

/** A word as a shell takes it. @param {string} word */
export const quote = (word) => (/^[A-Za-z0-9_@%+=:,./~-]+$/.test(word) ? word : `'${String(word).replaceAll("'", `'\\''`)}'`);

/** Actions as command lines. @param {Action[]} actions */
export const asCli = (actions) => {
	const lines = [];
	const many = /^(start|stop|restart|destroy)$/;
	for (const action of actions) {
		const last = lines.at(-1);
		/* Those that take many ids are one line. */
		if (last && many.test(action.cli[0]) && last[0] === action.cli[0]) last.push(...action.cli.slice(1));
		else lines.push([...action.cli]);
	}
	return lines.map((words) => ["berth", ...words.map(quote)].join(" ")).join("\n");
};

/** Actions as lines for curl; the token and the authority stand in the variables that the CLI knows too. @param {Action[]} actions */
export const asCurl = (actions) =>
	actions
		.map((action) => {
			const words = ["curl", "--cacert", '"$BERTH_CACERT"', "-H", '"Authorization: Bearer $BERTH_TOKEN"'];
			if (action.method !== "GET") words.push("-X", action.method);
			if (action.body !== undefined) words.push("-H", "'Content-Type: application/json'", "-d", quote(JSON.stringify(action.body)));
			return [...words, quote(location.origin + action.path)].join(" ");
		})
		.join("\n");

const place = (box, beside) => {
	const at = beside.getBoundingClientRect();
	const width = box.offsetWidth;
	const below = at.bottom + 6 + box.offsetHeight < innerHeight || at.top < box.offsetHeight;
	box.style.left = Math.max(8, Math.min(at.right - width, innerWidth - width - 8)) + "px";
	box.style.top = (below ? at.bottom + 6 : at.top - 6 - box.offsetHeight) + "px";
};

/**
 * A panel beside the button that was pressed. It is open as long as it is rendered.
 * @param {{button: HTMLElement, label: string, role?: string, onClose: () => void, children: (close: () => void) => any}} props
 */
export const Panel = ({ button, label, role = "dialog", onClose, children }) => {
	const panel = useRef(null);
	/* Before anything else happens: Escape, pressed at once, finds it open. */
	useLayoutEffect(() => {
		const node = panel.current;
		const toggled = (event) => {
			if (event.newState === "closed") onClose();
			/* The browser itself closes it when the button is pressed again; not yet by the press that opens it. */
			else button.popoverTargetElement = node;
		};
		node.addEventListener("toggle", toggled);
		button.setAttribute("aria-expanded", "true");
		node.showPopover();
		place(node, button);
		node.querySelector("[role=menuitem], button, input")?.focus();
		return () => {
			node.removeEventListener("toggle", toggled);
			button.popoverTargetElement = null;
			button.setAttribute("aria-expanded", "false");
		};
	}, [button]);
	const keys = (event) => {
		const items = [...panel.current.querySelectorAll("[role=menuitem]:not(:disabled)")];
		const at = items.indexOf(document.activeElement);
		const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		if (!step || !items.length) return;
		event.preventDefault();
		items[(at + step + items.length) % items.length].focus();
	};
	return html`<div popover="auto" ref=${panel} class=${role === "menu" ? "menu" : "panel"} role=${role} aria-label=${label} onKeyDown=${keys} onClick=${(event) => event.stopPropagation()}>${children(() => panel.current?.hidePopover())}</div>`;
};

/**
 * A button that opens a panel beside it.
 * @param {{label: string, icon?: string, text?: string, kind?: string, role?: string, children: (close: () => void) => any}} props
 */
export const Popover = ({ label, icon, text, kind = "ghost", small, role = "dialog", children }) => {
	const open = useSignal(null); /* the button, while it is */
	return html`
		<button type="button" class=${`button button-${kind} ${small ? "button-small" : ""} ${text ? "" : "button-square"}`} aria-label=${text ? undefined : label} title=${label}
			aria-haspopup=${role} aria-expanded="false"
			onClick=${(event) => {
				event.stopPropagation();
				open.value = event.currentTarget;
			}}>
			${icon && html`<${Icon} name=${icon} />`}${text && html`<span>${text}</span>`}
		</button>
		${open.value && html`<${Panel} button=${open.value} label=${label} role=${role} onClose=${() => (open.value = null)}>${children}</${Panel}>`}`;
};

/** What a menu holds. @param {{items: ({name: string, icon?: string, danger?: boolean, do: () => void}|null|false)[], close: () => void}} props */
export const MenuItems = ({ items, close }) =>
	items.filter(Boolean).map((item) => html`<button type="button" role="menuitem" key=${item.name} class=${"menu-item " + (item.danger ? "tone-bad" : "")} onClick=${() => {
		close();
		item.do();
	}}>${item.icon && html`<${Icon} name=${item.icon} />`}<span>${item.name}</span></button>`);

/** @param {{label: string, items: object[]}} props as MenuItems takes them */
export const Menu = ({ label, items, icon = "more", ...rest }) => html`
	<${Popover} label=${label} icon=${icon} role="menu" ...${rest}>${(close) => html`<${MenuItems} items=${items} close=${close} />`}</${Popover}>`;

/** Actions as commands. @param {{actions: Action[]}} props */
export const Commands = ({ actions }) => html`
	<div class="stack commands">
		<p class="muted">Command line</p><${Copyable} text=${asCli(actions)} label="as CLI" />
		<p class="muted">curl</p><${Copyable} text=${asCurl(actions)} label="as curl" />
	</div>`;

/** The same action as a command: for scripts, and for learning it. @param {{actions: Action[]}} props */
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
 * @param {{title: string, text: any, button: string, danger?: boolean, actions?: Action[]}} what
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
