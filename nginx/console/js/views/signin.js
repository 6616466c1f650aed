/* signin: at the start, and in place when the session has run out. */
import { html, useSignal, useEffect, useRef } from "../lib.js";
import { session, expired, signIn } from "../api.js";
import { Button, Trouble } from "../ui/parts.js";
import { Dialog } from "../ui/overlay.js";

const Form = ({ name, children }) => {
	const username = useSignal(name || "");
	const password = useSignal("");
	const problem = useSignal(null);
	const busy = useSignal(false);
	const first = useRef(null);
	useEffect(() => first.current?.focus(), []);
	const submit = async (event) => {
		event.preventDefault();
		if (!username.value || !password.value) {
			problem.value = { title: "Something is missing", detail: username.value ? "Type the password." : "Type the name of the account.", code: "" };
			return;
		}
		busy.value = true;
		problem.value = null;
		try {
			await signIn(username.value, password.value);
		} catch (failed) {
			problem.value = failed;
			password.value = "";
			first.current?.focus();
		}
		busy.value = false;
	};
	return html`<form class="stack" onSubmit=${submit} novalidate>
		<label class="field"><span class="field-name">User name</span>
			<input name="username" autocomplete="username" autocapitalize="none" spellcheck=${false} value=${username.value} readOnly=${Boolean(name)} ref=${name ? undefined : first} onInput=${(event) => (username.value = event.currentTarget.value)} /></label>
		<label class="field"><span class="field-name">Password</span>
			<input type="password" name="password" autocomplete="current-password" value=${password.value} ref=${name ? first : undefined} onInput=${(event) => (password.value = event.currentTarget.value)} /></label>
		<${Trouble} problem=${problem.value} />
		<${Button} kind="primary" type="submit" busy=${busy.value} class="button-full">Sign in</${Button}>
		${children}
	</form>`;
};

export const SignIn = () => {
	useEffect(() => {
		document.title = "Sign in · berth";
	}, []);
	return html`<main class="alone">
		<div class="signin">
			<div class="signin-head"><img src="icon.svg" width="40" height="40" alt="" /><h1>Sign in to berth</h1><p class="muted">${location.host}</p></div>
			<div class="card"><div class="card-body"><${Form} /></div></div>
			<p class="muted signin-hint">The first account is <code>admin</code>; its password was shown at the installation. A lost one is replaced on the controller: <code>berth-worker --reset-admin</code></p>
		</div>
	</main>`;
};

/** The session has run out: what is on the page stays, and what was asked for goes on afterwards. */
export const SignInAgain = () => html`<${Dialog} title="Your session has ended" onClose=${() => {
		expired.value = false;
		session.value = null;
	}}>
		<div class="dialog-body stack"><p class="quiet">Sign in again to go on. Nothing that you have typed is lost.</p><${Form} name=${session.value?.username} /></div>
	</${Dialog}>`;
