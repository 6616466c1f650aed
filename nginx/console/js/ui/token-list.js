/* token-list: sessions and named tokens, and one's password. A new token is shown once. */
import { html, useEffect, useSignal } from "../lib.js";
import { tokens } from "../store.js";
import { session, mayReadAccounts } from "../api.js";
import { ask, request } from "../act.js";
import { addToken, endToken } from "../actions.js";
import { moment } from "../format.js";
import { Card, Button, Trouble, Skeleton, Ago, Badge, Copyable, Empty, Icon } from "./parts.js";
import { CopyAs, Dialog } from "./overlay.js";
import { Field } from "./fields.js";
import { PasswordDialog } from "./account-list.js";

const DAYS_MAX = 90;

const Add = ({ onClose }) => {
	const name = useSignal("");
	const days = useSignal("30");
	const tried = useSignal(false);
	const busy = useSignal(false);
	const problem = useSignal(null);
	const made = useSignal(null);
	const n = Number(days.value);
	const faults = { name: name.value ? "" : "What is it for? As in ci.", days: Number.isInteger(n) && n >= 1 && n <= DAYS_MAX ? "" : `From 1 to ${DAYS_MAX} days.` };
	const submit = async (event) => {
		event.preventDefault();
		tried.value = true;
		if (faults.name || faults.days) return;
		busy.value = true;
		problem.value = null;
		try {
			made.value = await request(addToken(name.value, n));
			tokens.touch(0);
		} catch (failed) {
			problem.value = failed;
		}
		busy.value = false;
	};
	if (made.value)
		return html`<${Dialog} title=${`Token ${made.value.name}`} onClose=${onClose}><div class="dialog-body stack">
			<div class="reason reason-warn"><${Icon} name="key" size=${18} class="tone-warn" /><p><strong>It is shown this once.</strong> Copy it now; berth itself keeps only its hash.</p></div>
			<${Copyable} text=${made.value.auth_token} label="the token" />
			<h3>For the command line</h3><${Copyable} text=${`export BERTH_URL=${location.origin} BERTH_TOKEN=${made.value.auth_token}`} label="the variables" />
			<p class="muted">It ends ${moment(made.value.expires_at)}.</p>
			<div class="dialog-foot"><span class="push"></span><${Button} kind="primary" onClick=${onClose}>I have it</${Button}></div>
		</div></${Dialog}>`;
	return html`<${Dialog} title="Make a token" onClose=${onClose}><form class="dialog-body stack" onSubmit=${submit} novalidate>
		<p class="quiet">For a program. It may what your role may, until it ends.</p>
		<div class="fields"><${Field} name="Name" value=${name.value} onInput=${(text) => (name.value = text)} placeholder="ci" fault=${tried.value && faults.name} /><${Field} name="Days" inputmode="numeric" value=${days.value} onInput=${(text) => (days.value = text)} fault=${faults.days} /></div>
		<${Trouble} problem=${problem.value} />
		<div class="dialog-foot"><${CopyAs} actions=${() => [addToken(name.value || "NAME", n || 30)]} /><span class="push"></span><${Button} onClick=${onClose}>Cancel</${Button}><${Button} kind="primary" type="submit" busy=${busy.value}>Make it</${Button}></div>
	</form></${Dialog}>`;
};

/* A browser in two words; what is none as it calls itself. @param {string} agent */
const agentWords = (agent) => {
	const found = (kinds) => kinds.find(([sign]) => agent?.includes(sign))?.[1];
	const browser = found([["Firefox/", "Firefox"], ["Edg/", "Edge"], ["OPR/", "Opera"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]]);
	const system = found([["Windows", "Windows"], ["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Mac OS", "macOS"], ["Linux", "Linux"]]);
	return browser && system ? `${browser} on ${system}` : agent;
};

const Row = ({ token }) => html`<tr>
	<td><span class="line tight hold"><${Icon} name=${token.kind === "service" ? "key" : "accounts"} size=${14} class="muted" /><strong class="break">${token.name || "session"}</strong>${token.current && html`<${Badge} tone="ok">this one</${Badge}>`}</span></td>
	${mayReadAccounts.value && html`<td>${token.account}</td>`}
	<td class="td-agent"><span class="quiet cut" title=${token.user_agent}>${agentWords(token.user_agent) || "–"}</span></td>
	<td class="muted td-made"><${Ago} time=${token.created} /></td>
	<td class="muted"><${Ago} time=${token.expires_at} /></td>
	<td class="td-do"><div class="doing"><${CopyAs} actions=${[endToken(token)]} /><${Button} small kind="ghost" icon="trash" label=${`End ${token.name || "session"} of ${token.account}`} onClick=${() => ask([endToken(token)], { title: token.name ? `End the token ${token.name}?` : "End this session?", text: token.current ? "It is the one that you use: you sign in again." : "Whoever uses it is refused from then on.", button: "End it", danger: true }).then(() => tokens.touch(0))} /></div></td>
</tr>`;

export const Tokens = () => {
	const adding = useSignal(false);
	const password = useSignal(false);
	useEffect(() => tokens.use(), []);
	const list = [...tokens.data.value].sort((a, b) => (a.kind === b.kind ? (a.created < b.created ? 1 : -1) : a.kind === "service" ? -1 : 1));
	return html`<div class="stack wide">
		<${Card} title="My password" aside=${html`<${Button} small icon="key" onClick=${() => (password.value = true)}>Change it</${Button}>`}><p class="quiet">Signed in as <strong>${session.value.username}</strong>, until <span class="nowrap">${moment(session.value.expiry)}</span>.</p></${Card}>
		<${Card} title="Tokens and sessions" flush aside=${html`<span class="line tight"><${CopyAs} actions=${[{ method: "GET", path: "/api/tokens", cli: ["token", "list"] }]} /><${Button} small kind="primary" icon="plus" onClick=${() => (adding.value = true)}>Make a token</${Button}></span>`}>
			<${Trouble} problem=${tokens.error.value} retry=${tokens.fetch} />
			${!tokens.loaded.value ? html`<${Skeleton} rows=${4} />` : list.length ? html`<div class="scroll-x" tabindex="0" role="region" aria-label="Table of tokens"><table class="plain-table"><thead><tr><th scope="col">Name</th>${mayReadAccounts.value && html`<th scope="col">Account</th>`}<th scope="col" class="th-agent">Used by</th><th scope="col" class="td-made">Made</th><th scope="col">Ends</th><th scope="col"><span class="hidden-text">Actions</span></th></tr></thead>
			<tbody>${list.map((token) => html`<${Row} key=${token.id} token=${token} />`)}</tbody></table></div>` : html`<${Empty} icon="key" title="No tokens"><p>A token lets a program use berth without a password. Make one above.</p></${Empty}>`}
		</${Card}>
	</div>
	${adding.value && html`<${Add} onClose=${() => (adding.value = false)} />`}
	${password.value && html`<${PasswordDialog} onClose=${() => (password.value = false)} />`}`;
};
