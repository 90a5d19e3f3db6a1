// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * A guest without a machine.
 */
#include "guest.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <vmw/backdoor_dev.h>

#define RESTARTS_MAX	8

/* Where the guest keeps what it sends and receives at high bandwidth. */
#define BUFFER		(GUEST_BASE + 0x1000)

static struct guest *of(struct vh_guest *vcpu)
{
	return (struct guest *)((char *)vcpu - offsetof(struct guest, vcpu));
}

static bool is_memory(uint64_t address, size_t size)
{
	return address >= GUEST_BASE && size <= GUEST_SIZE &&
	       address - GUEST_BASE <= GUEST_SIZE - size;
}

static bool is_absent(const struct guest *guest, uint64_t address, size_t size)
{
	return guest->absent && address < guest->absent + 4096 && guest->absent < address + size;
}

static bool read_phys(struct vh_guest *vcpu, uint64_t pa, void *to, size_t size)
{
	if (!is_memory(pa, size))
		return false;
	memcpy(to, of(vcpu)->memory + (pa - GUEST_BASE), size);
	return true;
}

static bool write_phys(struct vh_guest *vcpu, uint64_t pa, const void *from, size_t size)
{
	if (!is_memory(pa, size))
		return false;
	memcpy(of(vcpu)->memory + (pa - GUEST_BASE), from, size);
	return true;
}

static bool read_virt(struct vh_guest *vcpu, uint64_t va, void *to, size_t size)
{
	return !is_absent(of(vcpu), va, size) && read_phys(vcpu, va, to, size);
}

static bool write_virt(struct vh_guest *vcpu, uint64_t va, const void *from, size_t size)
{
	return !is_absent(of(vcpu), va, size) && write_phys(vcpu, va, from, size);
}

static void interrupt(struct vh_guest *vcpu, uint64_t address, uint32_t data)
{
	struct guest *guest = of(vcpu);

	guest->interrupts++;
	guest->interrupt_address = address;
	guest->interrupt_data = data;
}

struct guest *guest_new(const char *const options[])
{
	struct guest *guest = calloc(1, sizeof(*guest));
	int count = 0;

	while (options && options[count])
		count++;
	guest->host = vh_new(count, options);
	if (!guest->host) {
		free(guest);
		return NULL;
	}
	/* Only the pages that are used cost anything. */
	guest->memory = mmap(NULL, GUEST_SIZE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	guest->vcpu = (struct vh_guest){
		.wide = true,
		.read = read_virt, .write = write_virt,
		.read_phys = read_phys, .write_phys = write_phys,
		.interrupt = interrupt,
	};
	return guest;
}

void guest_free(struct guest *guest)
{
	vh_free(guest->host);
	munmap(guest->memory, GUEST_SIZE);
	free(guest);
}

bool guest_call(struct guest *guest, enum vh_entry entry, struct vh_regs *regs)
{
	if (guest->hypercall && (regs->dx & 0xffff) != 0x5670) {
		regs->dx &= ~UINT64_C(0xffff);
		if (entry != VH_PORT)
			regs->dx |= BACKDOOR_HC_HB;
		if (entry == VH_PORT_OUT)
			regs->dx |= BACKDOOR_HC_WRITE;
		entry = VH_HYPERCALL;
	}
	return vh_call(guest->host, &guest->vcpu, entry, regs);
}

bool guest_command(struct guest *guest, uint32_t command, uint32_t arg, struct vh_regs *regs)
{
	*regs = (struct vh_regs){
		.ax = BACKDOOR_MAGIC, .bx = arg, .cx = command, .dx = BACKDOOR_PORT_LB,
	};
	return guest_call(guest, VH_PORT, regs);
}

uint32_t guest_request(struct guest *guest, struct guest_channel *channel, unsigned int sub,
		       struct vh_regs *regs)
{
	regs->ax = BACKDOOR_MAGIC;
	regs->cx = (uint32_t)sub << 16 | BACKDOOR_CMD_MESSAGE;
	regs->dx = channel->id << 16 | BACKDOOR_PORT_LB;
	regs->si = channel->cookie_high;
	regs->di = channel->cookie_low;
	if (!guest_call(guest, VH_PORT, regs))
		regs->cx = 0;
	channel->status = regs->cx >> 16;
	return channel->status;
}

static bool succeeded(const struct guest_channel *channel)
{
	return channel->status & BACKDOOR_STATUS_SUCCESS;
}

/* After a failure: whether to begin again. */
static bool again(struct guest *guest, const struct guest_channel *channel)
{
	return channel->status & BACKDOOR_STATUS_CPT && guest->restarts++ < RESTARTS_MAX;
}

bool guest_open(struct guest *guest, uint32_t protocol, struct guest_channel *channel)
{
	struct vh_regs regs = { .bx = protocol | BACKDOOR_PROTO_COOKIES };

	*channel = (struct guest_channel){ 0 };
	guest_request(guest, channel, BACKDOOR_MSG_OPEN, &regs);
	if (!succeeded(channel)) {
		regs = (struct vh_regs){ .bx = protocol };
		guest_request(guest, channel, BACKDOOR_MSG_OPEN, &regs);
	}
	if (!succeeded(channel))
		return false;
	channel->id = (uint32_t)regs.dx >> 16;
	channel->cookie_high = regs.si;
	channel->cookie_low = regs.di;
	return true;
}

static bool transfer(struct guest *guest, struct guest_channel *channel, bool out, size_t len)
{
	struct vh_regs regs = {
		.ax = BACKDOOR_MAGIC,
		.bx = BACKDOOR_STATUS_SUCCESS << 16 | BACKDOOR_HB_MESSAGE,
		.cx = len,
		.dx = channel->id << 16 | BACKDOOR_PORT_HB,
		.si = out ? BUFFER : channel->cookie_high,
		.di = out ? channel->cookie_low : BUFFER,
		.bp = out ? channel->cookie_high : channel->cookie_low,
	};

	if (!guest_call(guest, out ? VH_PORT_OUT : VH_PORT_IN, &regs))
		regs.bx = 0;
	channel->status = (uint32_t)regs.bx >> 16;
	return succeeded(channel);
}

static bool send_pieces(struct guest *guest, struct guest_channel *channel, const uint8_t *data,
			size_t len)
{
	size_t i;

	for (i = 0; i < len; i += 4) {
		uint32_t piece = 0;
		struct vh_regs regs;

		memcpy(&piece, data + i, len - i < 4 ? len - i : 4);
		regs = (struct vh_regs){ .bx = piece };
		guest_request(guest, channel, BACKDOOR_MSG_SENDPAYLOAD, &regs);
		if (!succeeded(channel))
			return false;
	}
	return true;
}

bool guest_send(struct guest *guest, struct guest_channel *channel, const void *data, size_t len)
{
	bool done;

	do {
		struct vh_regs regs = { .bx = len };

		guest_request(guest, channel, BACKDOOR_MSG_SENDSIZE, &regs);
		if (!succeeded(channel))
			continue;
		if (!len)
			return true;
		if (guest->hb && channel->status & BACKDOOR_STATUS_HB) {
			memcpy(guest->memory + (BUFFER - GUEST_BASE), data, len);
			done = transfer(guest, channel, true, len);
		} else {
			done = send_pieces(guest, channel, data, len);
		}
		if (done)
			return true;
	} while (again(guest, channel));
	return false;
}

static bool receive_pieces(struct guest *guest, struct guest_channel *channel, size_t len,
			   struct vh_buf *message)
{
	while (message->len < len) {
		struct vh_regs regs = { .bx = BACKDOOR_STATUS_SUCCESS };
		uint32_t piece;

		guest_request(guest, channel, BACKDOOR_MSG_RECVPAYLOAD, &regs);
		if (!succeeded(channel) || regs.dx >> 16 != BACKDOOR_MSG_SENDPAYLOAD)
			return false;
		piece = regs.bx;
		vh_buf_add(message, &piece, len - message->len < 4 ? len - message->len : 4);
	}
	return true;
}

static bool refuse(struct guest *guest, struct guest_channel *channel, size_t len)
{
	struct vh_regs regs = { 0 };

	guest_request(guest, channel, len ? BACKDOOR_MSG_RECVPAYLOAD : BACKDOOR_MSG_RECVSTATUS,
		      &regs);
	return false;
}

bool guest_receive(struct guest *guest, struct guest_channel *channel, struct vh_buf *message)
{
	bool done;

	do {
		struct vh_regs regs = { 0 };
		uint32_t announced;
		size_t len;

		vh_buf_clear(message);
		announced = guest_request(guest, channel, BACKDOOR_MSG_RECVSIZE, &regs);
		if (!succeeded(channel))
			continue;
		if (!(announced & BACKDOOR_STATUS_DORECV))
			return true;
		len = regs.bx;
		if (regs.dx >> 16 != BACKDOOR_MSG_SENDSIZE || len > GUEST_MAX)
			return refuse(guest, channel, len);
		if (guest->hb && len && announced & BACKDOOR_STATUS_HB) {
			done = transfer(guest, channel, false, len);
			vh_buf_add(message, guest->memory + (BUFFER - GUEST_BASE), len);
		} else {
			done = receive_pieces(guest, channel, len, message);
		}
		if (!done)
			continue;
		regs = (struct vh_regs){ .bx = BACKDOOR_STATUS_SUCCESS };
		guest_request(guest, channel, BACKDOOR_MSG_RECVSTATUS, &regs);
		if (succeeded(channel)) {
			channel->status = announced;
			return true;
		}
	} while (again(guest, channel));
	return false;
}

bool guest_close(struct guest *guest, struct guest_channel *channel)
{
	struct vh_regs regs = { 0 };

	guest_request(guest, channel, BACKDOOR_MSG_CLOSE, &regs);
	return succeeded(channel);
}

bool guest_rpci(struct guest *guest, const void *request, size_t len, struct vh_buf *reply)
{
	struct guest_channel channel;
	bool done;

	if (!guest_open(guest, BACKDOOR_PROTO_RPCI, &channel))
		return false;
	done = guest_send(guest, &channel, request, len) &&
	       guest_receive(guest, &channel, reply) &&
	       channel.status & BACKDOOR_STATUS_DORECV;
	return guest_close(guest, &channel) && done;
}
