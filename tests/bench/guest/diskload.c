// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The guest's side of the disk benchmark: one fixed amount of direct I/O by
 * io_uring, a quarter of it on top to warm up, the rest between vmcount markers.
 * What has been completed is taken together and replaced by as much, with one
 * system call.
 *
 *	diskload CPU IRQ[,IRQ...] DEVICE read|write|randread SIZE DEPTH COUNT [poll]
 *
 * SIZE is in bytes.  With "poll" completions are polled for (IORING_SETUP_IOPOLL).
 * The last line of output is the number of interrupts between the markers.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "load.h"

#define WARM_UP_SHARE	4
#define MAX_DEPTH	256

struct ring {
	int fd;
	unsigned int *sq_tail, *sq_mask, *sq_array;
	unsigned int *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static struct ring ring;
static int disk;
static bool is_write, is_random;
static size_t size;
static unsigned int depth;
static uint64_t blocks, next_block;
static char *memory;

static unsigned long reverse(unsigned long number, unsigned int bits)
{
	unsigned long reversed = 0;

	for (; bits; bits--, number >>= 1)
		reversed = reversed << 1 | (number & 1);
	return reversed;
}

/*
 * Pages that follow each other here do not do so in the guest's memory, which is
 * handed out in order or against it: into how many pieces the kernel cuts an
 * operation is then no matter of luck.
 */
static char *scattered_memory(size_t length)
{
	unsigned long page = sysconf(_SC_PAGESIZE), pages = (length + page - 1) / page, i;
	int fd = memfd_create("buffers", 0);
	unsigned int bits = 0;
	char *at;

	while (1ul << bits < pages)
		bits++;
	if (fd < 0 || ftruncate(fd, page << bits))
		fail("memfd");
	at = mmap(NULL, page << bits, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (at == MAP_FAILED)
		fail("mmap");
	for (i = 0; i < pages; i++)
		if (mmap(at + i * page, page, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd,
			 reverse(i, bits) * page) == MAP_FAILED)
			fail("mmap");
	close(fd);
	return at;
}

static void *map(size_t length, off_t what)
{
	void *at = mmap(NULL, length, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_POPULATE, ring.fd, what);

	if (at == MAP_FAILED)
		fail("mmap");
	return at;
}

static void set_up(bool poll)
{
	struct io_uring_params p = { .flags = poll ? IORING_SETUP_IOPOLL : 0 };
	char *sq, *cq;

	ring.fd = syscall(__NR_io_uring_setup, MAX_DEPTH, &p);
	if (ring.fd < 0)
		fail("io_uring_setup");
	sq = map(p.sq_off.array + p.sq_entries * sizeof(unsigned int), IORING_OFF_SQ_RING);
	cq = map(p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
	ring.sqes = map(p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	ring.sq_tail = (unsigned int *)(sq + p.sq_off.tail);
	ring.sq_mask = (unsigned int *)(sq + p.sq_off.ring_mask);
	ring.sq_array = (unsigned int *)(sq + p.sq_off.array);
	ring.cq_head = (unsigned int *)(cq + p.cq_off.head);
	ring.cq_tail = (unsigned int *)(cq + p.cq_off.tail);
	ring.cq_mask = (unsigned int *)(cq + p.cq_off.ring_mask);
	ring.cqes = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
}

/* A generator of our own: the same places in each run. */
static uint64_t choose_block(void)
{
	static uint64_t state = 88172645463325252ull;

	if (!is_random)
		return next_block++ % blocks;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % blocks;
}

static void prepare(unsigned int slot)
{
	unsigned int tail = *ring.sq_tail, index = tail & *ring.sq_mask;

	ring.sqes[index] = (struct io_uring_sqe) {
		.opcode = is_write ? IORING_OP_WRITE : IORING_OP_READ,
		.fd = disk,
		.addr = (uintptr_t)memory + slot * size,
		.len = size,
		.off = choose_block() * size,
		.user_data = slot,
	};
	ring.sq_array[index] = index;
	__atomic_store_n(ring.sq_tail, tail + 1, __ATOMIC_RELEASE);
}

static void enter(unsigned int submit)
{
	if (syscall(__NR_io_uring_enter, ring.fd, submit, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		fail("io_uring_enter");
}

/* Free slots of those that have been completed. Return: how many. */
static unsigned int collect(unsigned int *slots)
{
	unsigned int head = *ring.cq_head, count = 0;

	while (head != __atomic_load_n(ring.cq_tail, __ATOMIC_ACQUIRE)) {
		const struct io_uring_cqe *cqe = &ring.cqes[head++ & *ring.cq_mask];

		if (cqe->res != (int)size) {
			errno = cqe->res < 0 ? -cqe->res : EIO;
			fail("I/O");
		}
		slots[count++] = cqe->user_data;
	}
	__atomic_store_n(ring.cq_head, head, __ATOMIC_RELEASE);
	return count;
}

static void work(unsigned long count)
{
	unsigned long started = 0, done = 0;
	unsigned int slots[MAX_DEPTH], idle, i, submit;

	for (idle = 0; idle < depth; idle++)
		slots[idle] = idle;
	while (done < count) {
		for (i = 0, submit = 0; i < idle && started < count; i++, started++, submit++)
			prepare(slots[i]);
		enter(submit);
		idle = collect(slots);
		done += idle;
	}
}

int main(int argc, char **argv)
{
	unsigned long count;
	uint64_t bytes;
	bool poll;

	if (argc < 8)
		return 2;
	pin(strtoul(argv[1], NULL, 10));
	irqs = argv[2];
	is_write = !strcmp(argv[4], "write");
	is_random = !strcmp(argv[4], "randread");
	size = strtoul(argv[5], NULL, 10);
	depth = strtoul(argv[6], NULL, 10);
	count = strtoul(argv[7], NULL, 10);
	poll = argc > 8;
	if (!size || !depth || depth > MAX_DEPTH || !count)
		return 2;
	disk = open(argv[3], O_RDWR | O_DIRECT);
	if (disk < 0 || ioctl(disk, BLKGETSIZE64, &bytes))
		fail(argv[3]);
	blocks = bytes / size;
	memory = scattered_memory(depth * size);
	set_up(poll);
	work(count / WARM_UP_SHARE);
	begin(argv[4]);
	work(count);
	end(count);
	return 0;
}
