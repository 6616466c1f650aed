/* accounts: who may what: accounts, roles, and one's tokens and password. */
import { html } from "../lib.js";
import { param } from "../router.js";
import { mayReadAccounts } from "../api.js";
import { Head, Tabs } from "../ui/parts.js";
import { Accounts } from "../ui/account-list.js";
import { Roles } from "../ui/role-list.js";
import { Tokens } from "../ui/token-list.js";

export const View = () => {
	const all = mayReadAccounts.value;
	const tab = param("tab", all ? "accounts" : "tokens");
	const tabs = [...(all ? [["accounts", "Accounts"], ["roles", "Roles"]] : []), ["tokens", "Tokens and password"]];
	return html`
		<${Head} title=${all ? "Accounts" : "My account"} />
		<${Tabs} label="Accounts, roles, tokens" of=${tabs.map(([key, name]) => ({ name, href: "#/accounts?tab=" + key, here: tab === key }))} />
		${tab === "roles" && all ? html`<${Roles} />` : tab === "accounts" && all ? html`<${Accounts} />` : html`<${Tokens} />`}`;
};
