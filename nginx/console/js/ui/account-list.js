/* account-list: the accounts, and what can be done with them. */
import { html, useEffect, useSignal } from "../lib.js";
import { accounts, roles } from "../store.js";
import { session, mayChangeAccounts } from "../api.js";
import { perform, ask, request } from "../act.js";
import { addAccount, disableAccount, enableAccount, deleteAccount, changeRole, changePassword } from "../actions.js";
import { Card, Button, Trouble, Skeleton, Ago, Badge, Icon } from "./parts.js";
import { CopyAs, Menu, Dialog, note } from "./overlay.js";
import { Field, Choice } from "./fields.js";

const PASSWORD_MIN = 8;

const passwordFault = (text) => (new TextEncoder().encode(text).length < PASSWORD_MIN ? `At least ${PASSWORD_MIN} characters; a common one is refused.` : "");

const Add = ({ onClose }) => {
	const form = useSignal({ username: "", password: "", role: "user" });
	const tried = useSignal(false);
	const busy = useSignal(false);
	const problem = useSignal(null);
	const put = (name) => (text) => (form.value = { ...form.value, [name]: text });
	const faults = { username: form.value.username ? "" : "The name to sign in with.", password: passwordFault(form.value.password) };
	const submit = async (event) => {
		event.preventDefault();
		tried.value = true;
		if (faults.username || faults.password) return;
		busy.value = true;
		problem.value = null;
		try {
			await request(addAccount(form.value));
			note({ tone: "ok", text: `Account ${form.value.username} is added` });
			accounts.touch(0);
			onClose();
		} catch (failed) {
			problem.value = failed;
		}
		busy.value = false;
	};
	const fault = (name) => ((tried.value || form.value[name]) && faults[name]) || (problem.value?.field === name ? problem.value.detail : "");
	return html`<${Dialog} title="Add an account" onClose=${onClose}><form class="dialog-body stack" onSubmit=${submit} novalidate>
		<${Field} name="User name" value=${form.value.username} onInput=${put("username")} fault=${fault("username")} autofocus />
		<${Field} name="Password" type="password" value=${form.value.password} onInput=${put("password")} fault=${fault("password")} autocomplete="new-password" />
		<${Choice} name="Role" value=${form.value.role} onInput=${put("role")} of=${roles.data.value.map((role) => [role.name, role.name])} hint="Roles shows what each may do" />
		<${Trouble} problem=${problem.value} />
		<div class="dialog-foot"><${CopyAs} actions=${() => [addAccount({ ...form.value, username: form.value.username || "NAME", password: "…" })]} /><span class="push"></span><${Button} onClick=${onClose}>Cancel</${Button}><${Button} kind="primary" type="submit" busy=${busy.value}>Add</${Button}></div>
	</form></${Dialog}>`;
};

/** @param {{of?: object, onClose: () => void}} props of: whose password, one's own without */
export const PasswordDialog = ({ of, onClose }) => {
	const password = useSignal("");
	const old = useSignal("");
	const tried = useSignal(false);
	const problem = useSignal(null);
	const busy = useSignal(false);
	const fault = (tried.value || password.value) && passwordFault(password.value);
	const submit = async (event) => {
		event.preventDefault();
		tried.value = true;
		if (passwordFault(password.value) || (!of && !old.value)) return;
		busy.value = true;
		problem.value = null;
		try {
			await request(changePassword(of ? { username: of.username, password: password.value } : { password: password.value, old_password: old.value }));
			note({ tone: "ok", text: `The password${of ? ` of ${of.username}` : ""} is changed`, detail: of ? "Its sessions and tokens have ended." : "Your other sessions and tokens have ended." });
			onClose();
		} catch (failed) {
			problem.value = failed;
		}
		busy.value = false;
	};
	return html`<${Dialog} title=${of ? `Password of ${of.username}` : "Change my password"} onClose=${onClose}><form class="dialog-body stack" onSubmit=${submit} novalidate>
		${!of && html`<${Field} name="Password now" type="password" autocomplete="current-password" value=${old.value} onInput=${(text) => (old.value = text)} fault=${tried.value && !old.value && "Your password of now."} />`}
		<${Field} name="New password" type="password" autocomplete="new-password" value=${password.value} onInput=${(text) => (password.value = text)} fault=${fault} hint="all other sessions and tokens of the account end" />
		<${Trouble} problem=${problem.value} />
		<div class="dialog-foot"><${CopyAs} actions=${[changePassword(of ? { username: of.username, password: "…" } : { password: "…", old_password: "…" })]} /><span class="push"></span><${Button} onClick=${onClose}>Cancel</${Button}><${Button} kind="primary" type="submit" busy=${busy.value}>Change</${Button}></div>
	</form></${Dialog}>`;
};

const Row = ({ account, onPassword }) => {
	const own = account.username === session.value.username;
	const give = (role) =>
		ask([changeRole(account, role)], { title: `Give ${account.username} the role ${role}?`, text: "Its sessions and tokens end, and it signs in again.", button: "Change the role" }).then(() => accounts.touch(0));
	const act = (actions) => perform(actions).then(() => accounts.touch(0));
	return html`<tr>
		<td><span class="line tight"><strong class="break">${account.username}</strong>${own && html`<${Badge}>you</${Badge}>`}</span></td>
		<td>${mayChangeAccounts.value && !own ? html`<select class="select-inline" aria-label=${`Role of ${account.username}`} value=${account.role.name} onChange=${(event) => {
			const role = event.currentTarget.value;
			event.currentTarget.value = account.role.name;
			give(role);
		}}>${roles.data.value.map((role) => html`<option key=${role.name} value=${role.name} selected=${role.name === account.role.name}>${role.name}</option>`)}</select>` : account.role.name}</td>
		<td>${account.disabled ? html`<span class="state tone-warn"><${Icon} name="lock" size=${14} />disabled</span>` : html`<span class="state tone-ok"><${Icon} name="disc" size=${14} />active</span>`}</td>
		<td class="muted td-made"><${Ago} time=${account.created} /></td>
		<td class="td-do">${mayChangeAccounts.value && html`<div class="doing"><${CopyAs} actions=${[account.disabled ? enableAccount(account) : disableAccount(account), deleteAccount(account)]} />
			<${Menu} small label=${`More for ${account.username}`} items=${[
				{ name: "Set the password", icon: "key", do: () => onPassword(account) },
				!own && (account.disabled ? { name: "Enable", icon: "check", do: () => act([enableAccount(account)]) } : { name: "Disable", icon: "lock", do: () => ask([disableAccount(account)], { title: `Disable ${account.username}?`, text: "It can no longer sign in, and its sessions and tokens end.", button: "Disable", danger: true }).then(() => accounts.touch(0)) }),
				!own && { name: "Delete", icon: "trash", danger: true, do: () => ask([deleteAccount(account)], { title: `Delete ${account.username}?`, text: "The account goes, with its tokens. What it did stays in the history.", button: "Delete", danger: true }).then(() => accounts.touch(0)) },
			]} /></div>`}</td>
	</tr>`;
};

export const Accounts = () => {
	const adding = useSignal(false);
	const password = useSignal(null);
	useEffect(() => {
		const used = [accounts, roles].map((one) => one.use());
		return () => used.forEach((end) => end());
	}, []);
	return html`<${Card} title="All accounts" flush aside=${html`<span class="line tight"><${CopyAs} actions=${[{ method: "GET", path: "/api/account", cli: ["accounts"] }]} />${mayChangeAccounts.value && html`<${Button} small kind="primary" icon="plus" onClick=${() => (adding.value = true)}>Add an account</${Button}>`}</span>`}>
		<${Trouble} problem=${accounts.error.value} retry=${accounts.fetch} />
		${!accounts.loaded.value ? html`<${Skeleton} rows=${4} />` : html`<div class="scroll-x" tabindex="0" role="region" aria-label="Table of accounts"><table class="plain-table"><thead><tr><th scope="col">Name</th><th scope="col">Role</th><th scope="col">State</th><th scope="col" class="td-made">Since</th><th scope="col"><span class="hidden-text">Actions</span></th></tr></thead>
		<tbody>${accounts.data.value.map((account) => html`<${Row} key=${account.id} account=${account} onPassword=${(of) => (password.value = of)} />`)}</tbody></table></div>`}
	</${Card}>
	${adding.value && html`<${Add} onClose=${() => (adding.value = false)} />`}
	${password.value && html`<${PasswordDialog} of=${password.value.username === session.value.username ? null : password.value} onClose=${() => (password.value = null)} />`}`;
};
