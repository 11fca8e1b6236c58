// A guest made of the official SDK alone, and of the socket that its README leaves to the caller.
'use strict';

const platformClient = require('purecloud-guest-chat-client');
const WebSocket = require('ws');

const DEADLINE_MS = 30_000;

// Names of the SDK's calls that were made.
const used = new Set();

function counted(api) {
	return new Proxy(api, {
		get(target, name) {
			const found = target[name];
			if (typeof found !== 'function') return found;
			return (...given) => {
				used.add(name);
				return found.apply(target, given);
			};
		},
	});
}

const calls = Object.getOwnPropertyNames(platformClient.WebChatApi.prototype).filter((name) => name !== 'constructor');

class Guest {
	constructor(simulator) {
		this.simulator = simulator;
		this.client = platformClient.ApiClient.instance;
		this.client.config.basePath = simulator.api;
		this.api = counted(new platformClient.WebChatApi());
		this.frames = [];
		this.waiting = [];
	}

	creation(changes = {}) {
		return {
			organizationId: this.simulator.organization_id,
			deploymentId: this.simulator.deployment_id,
			routingTarget: { targetType: 'QUEUE', targetAddress: 'Support' },
			memberInfo: { displayName: 'Ada Guest', firstName: 'Ada', customFields: { contract: '4711' } },
			...changes,
		};
	}

	async create(changes) {
		const created = await this.api.postWebchatGuestConversations(this.creation(changes));
		// Version 13.2.0 takes its default headers for the headers of a call without a token, and its logger then
		// writes "[REDACTED]" over their Authorization: every later call would carry that instead of the JWT.
		this.client.defaultHeaders = {};
		this.chat = created.id;
		this.member = created.member.id;
		this.client.setJwt(created.jwt);
		this.stream = created.eventStreamUri;
		return created;
	}

	async listen() {
		this.socket = new WebSocket(this.stream);
		this.closed = new Promise((resolve) => this.socket.once('close', resolve));
		this.socket.on('message', (content) => {
			this.frames.push(JSON.parse(content.toString()));
			this.waiting.forEach((look) => look());
		});
		await new Promise((resolve, reject) => this.socket.once('open', resolve).once('error', reject));
	}

	// The first frame, past or to come, that passes the test.
	frame(test, what) {
		return new Promise((resolve, reject) => {
			const late = setTimeout(() => {
				reject(new Error(`no ${what} in ${DEADLINE_MS} ms; seen: ${JSON.stringify(this.frames)}`));
			}, DEADLINE_MS);
			const look = () => {
				const found = this.frames.find(test);
				if (found === undefined) return;
				clearTimeout(late);
				this.waiting = this.waiting.filter((other) => other !== look);
				resolve(found);
			};
			this.waiting.push(look);
			look();
		});
	}

	said(text) {
		return this.frame(({ eventBody }) => eventBody.body === text, `message ${JSON.stringify(text)}`);
	}

	// The first agent who joins, or the first beside those who were there before.
	async agent(...others) {
		const strange = (id) => id !== this.member && !others.includes(id);
		const joined = ({ eventBody, metadata }) =>
			metadata?.type === 'message' && eventBody.bodyType === 'member-join' && strange(eventBody.sender.id);
		return (await this.frame(joined, 'agent')).eventBody.sender.id;
	}

	say(body) {
		return this.api.postWebchatGuestConversationMemberMessages(this.chat, this.member, { body, bodyType: 'standard' });
	}
}

module.exports = { Guest, calls, used };
