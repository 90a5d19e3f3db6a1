/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What the parts of the emulated host know of each other.
 *
 *   plugin.c vcpu.c walk.c   inside QEMU: traps instructions, reaches registers and memory
 *          |  vh_call()
 *   backdoor.c  balloon.c    commands of ports 0x5658/0x5659 and 0x5670
 *          |
 *   channel.c                command 30: messages in pieces, cookies, checkpoints
 *          |  vh_rpci() vh_tclo_…()
 *   rpci.c tclo.c …          GuestRPC by name: tools, guest info, variables, …
 *          |
 *   state, events.c          what tests read, set and wait for through control.c
 *
 * Only the first row knows QEMU: all else is linked into unit tests, fuzz targets
 * and the tests of the daemon as well. One lock covers all state of a host; it is
 * held by vh_call() and by control.c, so that everything else is called with it held.
 *
 * The rows above GuestRPC are "the core"; below it are "the services". The core's
 * tests have services of their own (test/fake_services.c). What a host consists of
 * is in host.h.
 */
#ifndef VMHOST_H
#define VMHOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vmhost;

/* Registers of a call, as wide as the caller's. What is changed is written back. */
struct vh_regs {
	uint64_t ax, bx, cx, dx, si, di, bp;
};

/* How a guest has called. */
enum vh_entry {
	VH_PORT,	/* in eax, dx (or out): 0x5658, and 0x5670 for the balloon */
	VH_PORT_IN,	/* rep insb from 0x5659: host to guest */
	VH_PORT_OUT,	/* rep outsb to 0x5659: guest to host */
	VH_HYPERCALL,	/* vmcall or vmmcall; bits 1..0 of dx say which of the above */
};

/*
 * Who calls, and its memory. Each accessor copies all of a range or nothing; false
 * means that a part of it is absent or not the caller's to use. Physical ones reach RAM alone.
 */
struct vh_guest {
	unsigned int vcpu;
	unsigned int cpl;
	unsigned int iopl;
	bool wide;	/* 64-bit code */
	bool (*read)(struct vh_guest *guest, uint64_t va, void *to, size_t size);
	bool (*write)(struct vh_guest *guest, uint64_t va, const void *from, size_t size);
	bool (*read_phys)(struct vh_guest *guest, uint64_t pa, void *to, size_t size);
	bool (*write_phys)(struct vh_guest *guest, uint64_t pa, const void *from, size_t size);
	/* Sends a message-signalled interrupt; for the balloon's doorbell. */
	void (*interrupt)(struct vh_guest *guest, uint64_t address, uint32_t data);
};

/* vmhost.c ------------------------------------------------------------------ */

/*
 * vh_new() - a host for one VM
 * @options: "name=value" each, as QEMU's -plugin takes them; see options.c
 * Returns NULL after it has said on stderr what is wrong with which option.
 */
struct vmhost *vh_new(int count, const char *const options[]);
void vh_free(struct vmhost *host);

/*
 * vh_call() - one call of a guest. False: not ours, as if nobody was at that port.
 * Takes the lock; sleeps without it if a fault says that the call takes long.
 */
bool vh_call(struct vmhost *host, struct vh_guest *guest, enum vh_entry entry,
	     struct vh_regs *regs);

/* Something happened that is no call, such as an interrupt: time for what needs a vCPU. Takes the lock. */
void vh_tick(struct vmhost *host, struct vh_guest *guest);

/* The VM was reset (system reset, not the guest's «reset» command). Takes the lock. */
void vh_machine_reset(struct vmhost *host);

void vh_lock(struct vmhost *host);
void vh_unlock(struct vmhost *host);

/* life.c: what else happens to a VM, as its guest sees it -------------------------- */

/* Snapshot: the VM is stopped for a moment. */
void vh_snapshot(struct vmhost *host);
/* Resume from suspend, or revert to a snapshot: @away seconds of host time have passed. */
void vh_resume(struct vmhost *host, double away);
/* Migration: the new host knows no channels. */
void vh_migrate(struct vmhost *host, double away);

/* clock.c -------------------------------------------------------------------------- */

/* Microseconds: since some moment, and of UTC as the guest is told it. */
uint64_t vh_monotonic(const struct vmhost *host);
int64_t vh_wall_clock(const struct vmhost *host);
/* What the guest is told jumps ahead, or with a negative number back. */
void vh_clock_step(struct vmhost *host, double seconds);
/* For tests of time-outs: time passes at once. */
void vh_clock_pass(struct vmhost *host, double seconds);
/* From now on no other time passes, however long the test is held up. */
void vh_clock_stop(struct vmhost *host);
/* Seeded by the option "seed". */
uint64_t vh_random(struct vmhost *host);

/* services: what the core asks of them ------------------------------------------------ */

/* False after it has said on stderr what is wrong. */
bool vh_services_start(struct vmhost *host);
void vh_services_stop(struct vmhost *host);
/* The VM was reset: the guest's tools are gone. */
void vh_services_reset(struct vmhost *host);

/*
 * vh_event() - something that tests may wait for
 * @format: of the event's fields, as json_pack() takes it: "{s:s, s:i}"; NULL for none
 */
void vh_event(struct vmhost *host, const char *name, const char *format, ...);

/* buf.c: bytes that grow ------------------------------------------------------ */

struct vh_buf {
	uint8_t *data;	/* always with a NUL behind the last byte, once anything was added */
	size_t len, room;
};

void vh_buf_add(struct vh_buf *buf, const void *data, size_t len);
void vh_buf_printf(struct vh_buf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void vh_buf_clear(struct vh_buf *buf);	/* keeps the memory */
void vh_buf_free(struct vh_buf *buf);

/* channel.c calls rpci.c and tclo.c ---------------------------------------------- */

/* An RPCI message was sent whole; the reply («1 …» or «0 …») is appended to an empty @reply. */
void vh_rpci(struct vmhost *host, const uint8_t *message, size_t len, struct vh_buf *reply);

/* A TCLO channel was opened; one that was open before is closed first. */
void vh_tclo_opened(struct vmhost *host);
/* It was closed, by the guest, for idleness, by a reset or by a fault. */
void vh_tclo_closed(struct vmhost *host);
/* The guest has sent a message on it: an answer, or (len 0) only a sign of life. */
void vh_tclo_message(struct vmhost *host, const uint8_t *message, size_t len);
/* The guest polls: appends the next command for it to an empty @command, or returns false. */
bool vh_tclo_poll(struct vmhost *host, struct vh_buf *command);
/* It refused or dropped the command that the last poll gave. */
void vh_tclo_dropped(struct vmhost *host);

/* rpci.c, tclo.c, control.c call channel.c ----------------------------------------- */

/* Closes the guest's channels of a protocol ('RPCI', 'TCLO' or 0 for all), as a host may. */
void vh_channels_close(struct vmhost *host, uint32_t protocol);
/* The host knows them no more and does not say so. */
void vh_channels_forget(struct vmhost *host);
/* A checkpoint: each transfer that is under way fails once with BACKDOOR_STATUS_CPT. */
void vh_channels_checkpoint(struct vmhost *host);
/* Drops channels that were silent for longer than the option "idle" allows. */
void vh_channels_expire(struct vmhost *host);

/* control.c calls pointer.c, balloon.c ----------------------------------------------- */

/* The user's pointer: buttons as in backdoor_dev.h; false if the guest's queue has no room or is off. */
bool vh_pointer_event(struct vmhost *host, uint32_t buttons, uint32_t x, uint32_t y, int8_t wheel);

/* The balloon that the host wants, in frames; rings the doorbell. */
void vh_balloon_set_target(struct vmhost *host, uint64_t frames);
/* The host's record is gone: the next command answers RESET. */
void vh_balloon_reset(struct vmhost *host);

/* faults.c ---------------------------------------------------------------------------- */

/*
 * vh_fault() - whether a fault that was asked for strikes now
 * @name: as in faults.c and Documentation/emulated-host.md, such as "cpt", "bad-cookie"
 * @arg:  its argument, if not NULL; left alone when none was given
 * Each call is one opportunity: it counts down "after" and then "times" of the fault.
 */
bool vh_fault(struct vmhost *host, const char *name, uint64_t *arg);

/* The same for faults whose argument selects the opportunity: another @which is none. */
bool vh_fault_at(struct vmhost *host, const char *name, uint64_t which);

/*
 * vh_fault_ask() - asks for a fault, beside those that are asked for already
 * @after: opportunities that pass first
 * @times: how often it strikes then
 * Returns NULL, or what is wrong.
 */
const char *vh_fault_ask(struct vmhost *host, const char *name, uint64_t after, uint64_t times,
			 const uint64_t *arg);
void vh_faults_clear(struct vmhost *host);

#endif
