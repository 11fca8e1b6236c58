// The official JavaScript guest SDK opens, talks and ends a chat; only its base path is ours.
'use strict';

const assert = require('node:assert/strict');
const { after, before, test } = require('node:test');

const { Guest, calls, used } = require('./guest.cjs');
const { startSimulator } = require('./simulator.cjs');

let simulator;

before(async () => {
	simulator = await startSimulator();
});
after(() => simulator.stop());

test('a chat is opened, answered, talked in and ended', async () => {
	const guest = new Guest(simulator);
	const created = await guest.create();
	assert.deepEqual(Object.keys(created).sort(), ['eventStreamUri', 'id', 'jwt', 'member']);
	await guest.listen();

	const agent = await guest.agent();
	const member = await guest.api.getWebchatGuestConversationMember(guest.chat, agent);
	assert.equal(member.role, 'AGENT');
	assert.equal(member.state, 'CONNECTED');

	const sent = await guest.say('Is the line repaired?');
	const echo = await guest.said('Is the line repaired?');
	assert.equal(echo.topicName, `v2.conversations.chats.${guest.chat}.messages`);
	assert.equal(echo.eventBody.id, sent.id);
	assert.equal(echo.eventBody.sender.id, guest.member);

	const typing = ({ metadata, eventBody }) => metadata?.type === 'typing-indicator' && eventBody.sender.id === agent;
	await guest.frame(typing, 'typing of the agent');
	const reply = ({ eventBody }) => /Is the line repaired/.test(eventBody.body) && eventBody.sender.id === agent;
	await guest.frame(reply, 'reply of the agent');
	const typed = await guest.api.postWebchatGuestConversationMemberTyping(guest.chat, guest.member);
	assert.equal(typed.sender.id, guest.member);

	const one = await guest.api.getWebchatGuestConversationMessage(guest.chat, sent.id);
	assert.equal(one.body, 'Is the line repaired?');
	const { entities } = await guest.api.getWebchatGuestConversationMessages(guest.chat, { maxResults: 100 });
	const words = entities.filter(({ bodyType }) => bodyType === 'standard');
	const streamed = guest.frames.filter(({ eventBody }) => eventBody.bodyType === 'standard');
	assert.deepEqual(
		words.map(({ id, body }) => [id, body]),
		streamed.map(({ eventBody }) => [eventBody.id, eventBody.body]),
	);

	await guest.api.deleteWebchatGuestConversationMember(guest.chat, guest.member);
	const gone = ({ metadata, eventBody }) =>
		metadata?.type === 'member-change' && eventBody.member.id === guest.member && eventBody.member.state === 'DISCONNECTED';
	await guest.frame(gone, "end of the guest's part");
	const members = await guest.api.getWebchatGuestConversationMembers(guest.chat, { excludeDisconnectedMembers: true });
	assert.ok(members.entities.every(({ id }) => id !== guest.member));
	assert.equal(await guest.closed, 1000);
});

test('a guest shows his screen, is transferred, and says goodbye', async () => {
	const guest = new Guest(simulator);
	await guest.create({
		routingTarget: { targetType: 'QUEUE', targetAddress: 'Support', skills: ['Internet'], language: 'English', priority: 3 },
		journeyContext: { customer: { id: 'c-1', idType: 'cookie' }, customerSession: { id: 's-1', type: 'web' } },
	});
	await guest.listen();
	const first = await guest.agent();
	await guest.said('Hello Ada Guest, this is ' + (await name(guest, first)) + ' of Support. How can I help you?');

	await guest.say('May I show you my screen?');
	const asked = await guest.frame(({ eventBody }) => eventBody.bodyType === 'media-request', 'media request');
	const { entities } = await guest.api.getWebchatGuestConversationMediarequests(guest.chat);
	assert.deepEqual(entities.map(({ id, state }) => [id, state]), [[asked.eventBody.body, 'PENDING']]);
	const request = await guest.api.getWebchatGuestConversationMediarequest(guest.chat, entities[0].id);
	assert.deepEqual(request, entities[0]);
	const answer = { types: request.types, state: 'ACCEPTED' };
	const accepted = await guest.api.patchWebchatGuestConversationMediarequest(guest.chat, request.id, answer);
	assert.equal(accepted.state, 'ACCEPTED');
	assert.ok(accepted.communicationId);
	await assert.rejects(
		guest.api.patchWebchatGuestConversationMediarequest(guest.chat, request.id, { ...answer, state: 'DECLINED' }),
		(body) => body.status === 409 && body.code === 'request.conflict',
	);
	await guest.said('Thank you, I can see it.');

	await guest.say('Please transfer me to Billing');
	const second = await guest.agent(first);
	await guest.said('Hello Ada Guest, this is ' + (await name(guest, second)) + ' of Billing. How can I help you?');
	const members = await guest.api.getWebchatGuestConversationMembers(guest.chat, {});
	assert.deepEqual(
		members.entities.map(({ role, state }) => `${role} ${state}`),
		['CUSTOMER CONNECTED', 'ACD DISCONNECTED', 'AGENT DISCONNECTED', 'ACD DISCONNECTED', 'AGENT CONNECTED'],
	);

	await guest.say('That was all. Goodbye!');
	assert.equal(await guest.closed, 1000);
	const { state } = await guest.api.getWebchatGuestConversationMember(guest.chat, second);
	assert.equal(state, 'DISCONNECTED');
	await assert.rejects(guest.say('One more thing'), (body) => body.code === 'chat.error.member.state');
});

async function name(guest, agent) {
	const { displayName } = await guest.api.getWebchatGuestConversationMember(guest.chat, agent);
	return displayName.split(' ')[0];
}

test('a deployment for signed-in customers takes signed data', async () => {
	const guest = new Guest(simulator);
	const deploymentId = simulator.deployments['Signed-in customers'];
	const refused = (code) => (body) => body.status === 400 && body.code === code;
	await assert.rejects(guest.create({ deploymentId }), refused('chat.deployment.require.auth'));
	await assert.rejects(guest.create({ deploymentId, memberAuthToken: 'x' }), refused('chat.deployment.bad.auth'));
	const signed = await fetch(`${simulator.api}/simulator/signeddata`, { method: 'POST', body: '{}' });
	const { token } = await signed.json();
	await guest.create({ deploymentId, memberAuthToken: token });
	const me = await guest.api.getWebchatGuestConversationMember(guest.chat, guest.member);
	assert.equal(me.authenticatedGuest, true);
});

test('what is too early or after the end is refused in the platform’s words, with a correlation id', async () => {
	const guest = new Guest(simulator);
	await guest.create();
	const say = () => guest.api.postWebchatGuestConversationMemberMessages(guest.chat, guest.member, { body: 'Hello' });
	const refused = (code) => (body) => {
		assert.equal(body.status, 400);
		assert.equal(body.code, code);
		assert.match(body.contextId, /^[0-9a-f-]{36}$/);
		return true;
	};
	await assert.rejects(say(), refused('chat.error.conversation.state'));
	await guest.listen();
	await guest.agent();
	assert.equal((await say()).body, 'Hello');
	await guest.api.deleteWebchatGuestConversationMember(guest.chat, guest.member);
	await assert.rejects(say(), refused('chat.error.member.state'));
	await guest.closed;
});

test('extended responses carry status, headers and body, of errors too', async () => {
	const guest = new Guest(simulator);
	guest.client.setReturnExtendedResponses(true);
	try {
		const answer = await guest.api.postWebchatGuestConversations(guest.creation());
		assert.equal(answer.status, 200);
		assert.ok(answer.headers['inin-correlation-id']);
		assert.ok(answer.body.eventStreamUri.startsWith('ws://'));
		const nowhere = { routingTarget: { targetType: 'QUEUE', targetAddress: 'No such queue' } };
		await assert.rejects(guest.api.postWebchatGuestConversations(guest.creation(nowhere)), (error) => {
			assert.equal(error.status, 400);
			assert.equal(error.body.code, 'chat.error.invalid.queue');
			assert.equal(error.body.contextId, error.headers['inin-correlation-id']);
			return true;
		});
	} finally {
		guest.client.setReturnExtendedResponses(false);
	}
});

test('every call of the SDK was made', () => {
	assert.equal(calls.length, 11);
	assert.deepEqual([...used].sort(), [...calls].sort());
});
