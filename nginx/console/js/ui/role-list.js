/* role-list: the roles, what they grant, and more of them. */
import { html, useEffect, useSignal } from "../lib.js";
import { roles, accounts } from "../store.js";
import { mayChangeAccounts } from "../api.js";
import { ask, request } from "../act.js";
import { addRole, setRole, deleteRole } from "../actions.js";
import { plural } from "../format.js";
import { Card, Button, Trouble, Skeleton, Badge } from "./parts.js";
import { CopyAs, Dialog, note } from "./overlay.js";
import { Field, Area } from "./fields.js";

const grantsOf = (text) =>
	text.split(/[\n,]+/).map((line) => line.trim()).filter(Boolean).map((line) => {
		const match = /^(read|write)\s*[: ]\s*(\/\S*)$/.exec(line);
		return match ? { access: match[1], path: match[2] } : null;
	});

const Edit = ({ role, onClose }) => {
	const name = useSignal(role?.name || "");
	const grants = useSignal((role?.grants || []).map((grant) => `${grant.access}:${grant.path}`).join("\n"));
	const options = useSignal((role?.options || []).join(" "));
	const tried = useSignal(false);
	const busy = useSignal(false);
	const problem = useSignal(null);
	const parsed = grantsOf(grants.value);
	const fault = parsed.includes(null) ? "Each line is read:/path or write:/path, as in write:/api/containers" : "";
	const document = () => ({ name: name.value || "NAME", grants: parsed.filter(Boolean), options: options.value.split(/[\s,]+/).filter(Boolean) });
	const submit = async (event) => {
		event.preventDefault();
		tried.value = true;
		if (fault || !name.value) return;
		busy.value = true;
		problem.value = null;
		try {
			await request((role ? setRole : addRole)(document()));
			note({ tone: "ok", text: `The role ${name.value} is ${role ? "changed" : "added"}` });
			roles.touch(0);
			onClose();
		} catch (failed) {
			problem.value = failed;
		}
		busy.value = false;
	};
	return html`<${Dialog} title=${role ? `Role ${role.name}` : "Add a role"} onClose=${onClose}><form class="dialog-body stack" onSubmit=${submit} novalidate>
		${!role && html`<${Field} name="Name" value=${name.value} onInput=${(text) => (name.value = text)} fault=${tried.value && !name.value && "A name for the role."} />`}
		<${Area} name="Grants" rows=${5} value=${grants.value} onInput=${(text) => (grants.value = text)} fault=${fault} placeholder=${"write:/api/containers\nread:/api/events"} hint="one a line; a path and all below it; write includes read" />
		<${Field} name="Options" value=${options.value} onInput=${(text) => (options.value = text)} placeholder="host-mounts reveal-environment" hint="what else means power over an engine" />
		<${Trouble} problem=${problem.value} />
		<div class="dialog-foot"><${CopyAs} actions=${() => [(role ? setRole : addRole)(document())]} /><span class="push"></span><${Button} onClick=${onClose}>Cancel</${Button}><${Button} kind="primary" type="submit" busy=${busy.value}>${role ? "Change" : "Add"}</${Button}></div>
	</form></${Dialog}>`;
};

export const Roles = () => {
	const edited = useSignal(null);
	useEffect(() => {
		const used = [accounts, roles].map((one) => one.use());
		return () => used.forEach((end) => end());
	}, []);
	const holders = (role) => accounts.data.value.filter((account) => account.role.name === role.name).length;
	return html`<${Card} title="All roles" flush aside=${html`<span class="line tight"><${CopyAs} actions=${[{ method: "GET", path: "/api/roles", cli: ["roles"] }]} />${mayChangeAccounts.value && html`<${Button} small kind="primary" icon="plus" onClick=${() => (edited.value = {})}>Add a role</${Button}>`}</span>`}>
		<${Trouble} problem=${roles.error.value} retry=${roles.fetch} />
		${!roles.loaded.value ? html`<${Skeleton} rows=${4} />` : html`<ul class="roles">${roles.data.value.map((role) => html`<li key=${role.name} class="role">
			<div class="role-head"><strong class="break">${role.name}</strong>${role.builtin && html`<${Badge} icon="lock">built in</${Badge}>`}<span class="muted">${plural(holders(role), "account")}</span>
				${mayChangeAccounts.value && !role.builtin && html`<span class="push line tight"><${Button} small onClick=${() => (edited.value = role)}>Change</${Button}><${Button} small kind="ghost" icon="trash" label=${`Delete ${role.name}`} onClick=${() => ask([deleteRole(role)], { title: `Delete the role ${role.name}?`, text: "Only a role that no account has can be deleted.", button: "Delete", danger: true }).then(() => roles.touch(0))} /></span>`}
			</div>
			<p class="tags">${role.grants.map((grant) => html`<code class=${"tag tag-" + grant.access} key=${grant.access + grant.path}>${grant.access} ${grant.path}</code>`)}${(role.options || []).map((option) => html`<code class="tag tag-option" key=${option}>${option}</code>`)}</p>
		</li>`)}</ul>`}
	</${Card}>
	${edited.value && html`<${Edit} role=${edited.value.name ? edited.value : null} onClose=${() => (edited.value = null)} />`}`;
};
