// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The privileged process, whole, with operations that only write down what they are asked
 * for: requests and their answers, what it refuses, and death on either side.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "broker.h"
#include "clock.h"
#include "files.h"
#include "manifest.h"

static struct seen {
	int64_t seconds;
	int32_t slew;
	uint32_t power, online_kind, online_number, rescan, screens, width;
	int frozen;
	bool freeze_slowly, sync_slowly, power_fails;
	int highest_fd;
	int sync_error;
	pid_t freezer;
	sem_t freezing;		/* ->freezer is set */
	sem_t syncing;		/* ->highest_fd is set */
	sem_t thawed;		/* ->frozen is 0 again */
	uint64_t ahead;		/* milliseconds, of its clock */
} *seen;

static int to_broker;
static pid_t process;
static struct broker broker;
static bool with_worker;	/* a child that does nothing stands for it */

static int fake_open(const struct mount *mount)
{
	(void)mount;
	return dup(STDERR_FILENO);
}

static int fake_freeze(int fd)
{
	(void)fd;
	seen->freezer = getpid();
	sem_post(&seen->freezing);
	while (seen->freeze_slowly)
		usleep(1000);
	seen->frozen++;
	return 0;
}

static int fake_thaw(int fd)
{
	(void)fd;
	/* Two may be at it. */
	if (!__atomic_exchange_n(&seen->frozen, 0, __ATOMIC_SEQ_CST))
		return -EINVAL;
	sem_post(&seen->thawed);
	return 0;
}

static int fake_step(int64_t seconds, uint32_t nanoseconds)
{
	(void)nanoseconds;
	seen->seconds = seconds;
	return 0;
}

static int fake_slew(int32_t us)
{
	seen->slew = us;
	return 0;
}

static uint64_t skipped;

static uint64_t ahead(void)
{
	return clock_ms(CLOCK_MONOTONIC) + skipped;
}

/* In the broker, for which it is later by the time that this is answered. */
static int fake_disciplined(void)
{
	skipped = seen->ahead;
	broker.loop.clock = ahead;
	return 1;
}

static int fake_power(enum broker_power what)
{
	seen->power = what;
	return seen->power_fails ? -ENOENT : 0;
}

static int fake_display(const struct broker_screen screens[], uint32_t count)
{
	seen->screens = count;
	seen->width = screens[0].width;
	return 0;
}

static int fake_sync(const char *point)
{
	ck_assert_str_eq(point, "/");
	for (int fd = 0; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			seen->highest_fd = fd;
	sem_post(&seen->syncing);
	while (seen->sync_slowly)
		usleep(1000);
	return seen->sync_error;
}

static const struct freeze_ops fake_freezing = { fake_open, fake_freeze, fake_thaw };
static const struct system_ops fake_ops = {
	.freeze = &fake_freezing,
	.step = fake_step,
	.slew = fake_slew,
	.disciplined = fake_disciplined,
	.power = fake_power,
	.display = fake_display,
	.online = system_online,
	.rescan = system_rescan,
	.sync = fake_sync,
};

static void start_broker(const int link[2])
{
	process = fork();
	if (!process) {
		close(link[0]);
		settings_default(&broker.settings);
		broker.settings.script_timeout = 20;
		broker.settings.online_cpu = true;
		broker.settings.online_memory = true;
		broker.settings.rescan = true;
		broker.settings.display = true;
		broker.ops = &fake_ops;
		broker.worker = with_worker ? fork() : 0;
		if (with_worker && !broker.worker)
			pause();
		_exit(broker_run(&broker, link[1], -1));
	}
	close(link[1]);
	to_broker = link[0];
}

static void setup(void)
{
	int link[2];

	bench_new();
	bench_file("/run/vmguestd-broker/x", "");
	bench_file("/proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(!sem_init(&seen->freezing, 1, 0));
	ck_assert(!sem_init(&seen->syncing, 1, 0));
	ck_assert(!sem_init(&seen->thawed, 1, 0));
	ck_assert(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link));
	start_broker(link);
}

static void await(sem_t *event)
{
	while (sem_wait(event))
		ck_assert_int_eq(errno, EINTR);
}

/* By a process that is not ours to wait for. */
static void await_thaw(void)
{
	while (seen->frozen)
		await(&seen->thawed);
}

static void teardown(void)
{
	int status;

	close(to_broker);
	waitpid(process, &status, 0);
	await_thaw();
	munmap(seen, sizeof(*seen));
	bench_free();
}

/* Of one that is not ours to wait for; valgrind knows no descriptors of processes. */
static void await_end(pid_t pid)
{
	for (int i = 0; i < 20000 && !kill(pid, 0); i++)
		usleep(1000);
}

static void ask(struct broker_request request)
{
	static uint32_t id;

	request.id = ++id;
	ck_assert_int_eq(send(to_broker, &request, sizeof(request), MSG_NOSIGNAL), sizeof(request));
}

/* With a limit, a call ends also where the process is stopped and goes on. */
static ssize_t receive(void *to, size_t size)
{
	struct timeval limit = { 20, 0 };
	ssize_t n;

	setsockopt(to_broker, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	do
		n = recv(to_broker, to, size, 0);
	while (n < 0 && errno == EINTR);
	return n;
}

static struct broker_answer hear(void)
{
	struct broker_answer answer;

	ck_assert_int_eq(receive(&answer, sizeof(answer)), sizeof(answer));
	return answer;
}

static int32_t result_of(struct broker_request request)
{
	struct broker_answer answer;

	ask(request);
	answer = hear();
	ck_assert_uint_eq(answer.op, request.op);
	return answer.result;
}

/* For the broker it is so much later than it was at first; what is due then comes next. */
static void later(uint64_t ms)
{
	seen->ahead = ms;
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_CLOCK }), 1);
}

START_TEST(each_operation_reaches_the_system)
{
	bench_file("/sys/devices/system/cpu/cpu3/online", "0");
	bench_file("/sys/devices/system/memory/memory7/state", "offline");
	bench_file("/sys/class/scsi_host/host2/scan", "");
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_STEP, .step = { -5, 1 } }), 0);
	ck_assert_int_eq(seen->seconds, -5);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_SLEW, .slew = -70 }), 0);
	ck_assert_int_eq(seen->slew, -70);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_CLOCK }), 1);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_POWER,
		.power = BROKER_REBOOT }), 0);
	ck_assert_uint_eq(seen->power, BROKER_REBOOT);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_DISPLAY,
		.display = { 1, { { 0, 0, 640, 480 } } } }), 0);
	ck_assert_uint_eq(seen->width, 640);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_ONLINE,
		.online = { BROKER_ONLINE_CPU, 3 } }), 0);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_ONLINE,
		.online = { BROKER_ONLINE_MEMORY, 7 } }), 0);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_RESCAN, .rescan = 2 }), 0);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_RESCAN, .rescan = 9 }),
			 -ENOENT);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_SYNC }), 0);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_RELOAD }), 0);
}
END_TEST

/* By somebody who has taken over the worker, which would not ask. */
START_TEST(what_the_administrator_has_switched_off_is_not_done)
{
	static const struct broker_request requests[] = {
		{ .op = BROKER_FREEZE, .freeze = { 1000, 0 } },
		{ .op = BROKER_SCRIPT, .script = BROKER_SCRIPT_FREEZE },
		{ .op = BROKER_MANIFEST },
		{ .op = BROKER_STEP, .step = { 1, 0 } },
		{ .op = BROKER_SLEW, .slew = 1 },
		{ .op = BROKER_DISPLAY, .display = { 1, { { 0, 0, 640, 480 } } } },
		{ .op = BROKER_ONLINE, .online = { BROKER_ONLINE_CPU, 1 } },
		{ .op = BROKER_ONLINE, .online = { BROKER_ONLINE_MEMORY, 1 } },
		{ .op = BROKER_RESCAN },
		{ .op = BROKER_CUSTOMIZE, .customize.step = BROKER_CUSTOMIZE_BEGIN },
		{ .op = BROKER_CUSTOMIZE, .customize.step = BROKER_CUSTOMIZE_DATA },
		{ .op = BROKER_CUSTOMIZE, .customize.step = BROKER_CUSTOMIZE_COMMIT },
	};

	bench_file("/etc/vmware-tools/tools.conf",
		   "[vmbackup]\nenableSyncDriver=false\nexecScripts=false\nenableXmlManifest=false\n"
		   "[timeSync]\ndisable-all=true\n[deployPkg]\nenable-customization=false\n"
		   "[hotplug]\ncpu=false\nmemory=false\ndisk-rescan=false\n");
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_RELOAD }), 0);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		ck_assert_msg(result_of(requests[i]) == -EPERM, "request %zu is carried out", i);
	/* Ends what was begun before. */
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_SLEW }), 0);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_THAW }), 0);
}
END_TEST

START_TEST(others_have_frozen_it_is_for_the_administrator_to_ignore)
{
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_FREEZE,
		.freeze = { 1000, 1 } }), -EPERM);
}
END_TEST

START_TEST(a_way_down_that_cannot_be_started_is_told)
{
	seen->power_fails = true;
	ck_assert_int_lt(result_of((struct broker_request){ .op = BROKER_POWER,
		.power = BROKER_POWER_OFF }), 0);
	seen->power_fails = false;
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_POWER,
		.power = BROKER_POWER_OFF }), 0);
}
END_TEST

/* What hangs on a dead disk may be there for long. */
START_TEST(a_child_has_nothing_of_the_brokers_open)
{
	seen->sync_slowly = true;
	ask((struct broker_request){ .op = BROKER_SYNC });
	await(&seen->syncing);
	ck_assert_int_eq(seen->highest_fd, STDERR_FILENO);
	seen->sync_slowly = false;
}
END_TEST

START_TEST(a_worker_that_does_not_listen_is_taken_for_gone)
{
	struct broker_request request = { .op = BROKER_CLOCK, .id = 1 };
	int status;

	/* More answers than the socket has room for, and none of them taken. */
	for (int i = 0; i < 5000; i++)
		if (send(to_broker, &request, sizeof(request), MSG_NOSIGNAL) < 0)
			break;
	ck_assert_int_eq(waitpid(process, &status, 0), process);
	ck_assert(WIFEXITED(status));
}
END_TEST

START_TEST(a_sync_that_hangs_holds_nothing_up)
{
	seen->sync_slowly = true;
	ask((struct broker_request){ .op = BROKER_SYNC });
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_SYNC }), -EBUSY);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_SCRIPT }), 0);
	later(30000);
	ck_assert_int_eq(hear().result, -ETIME);
}
END_TEST

START_TEST(a_sync_that_fails_is_no_success)
{
	seen->sync_error = -EIO;
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_SYNC }), -EIO);
}
END_TEST

START_TEST(what_hot_added_files_are_written)
{
	struct buf text = { 0 };

	bench_file("/sys/devices/system/cpu/cpu3/online", "0");
	bench_file("/sys/class/scsi_host/host2/scan", "");
	ck_assert(!system_online(BROKER_ONLINE_CPU, 3));
	ck_assert(!files_read("/sys/devices/system/cpu/cpu3/online", &text, 10));
	expect_text(text.data, "1");
	ck_assert(!system_rescan(2));
	ck_assert(!files_read("/sys/class/scsi_host/host2/scan", &text, 10));
	expect_text(text.data, "- - -");
	buf_free(&text);
}
END_TEST

START_TEST(the_display_is_found_by_its_ids)
{
	ck_assert_int_lt(system_display_card(), 0);
	bench_file("/sys/class/drm/card0/device/vendor", "0x1af4\n");
	bench_file("/sys/class/drm/card0/device/device", "0x0405\n");
	bench_file("/sys/class/drm/card0-Virtual-1/device/vendor", "0x15ad\n");
	ck_assert_int_lt(system_display_card(), 0);
	bench_file("/sys/class/drm/card2/device/vendor", "0x15ad\n");
	bench_file("/sys/class/drm/card2/device/device", "0x0406\n");
	ck_assert_int_eq(system_display_card(), 2);
}
END_TEST

static int32_t customize(enum broker_customize step, enum broker_file file, const char *text)
{
	struct broker_request request = {
		.op = BROKER_CUSTOMIZE,
		.customize = { .step = step, .file = file, .len = (uint32_t)strlen(text) },
	};

	memcpy(request.customize.bytes, text, strlen(text));
	return result_of(request);
}

START_TEST(files_for_cloud_init_are_handed_over)
{
	struct buf text = { 0 };

	bench_file("/usr/bin/cloud-init", "");
	bench_file("/etc/cloud/cloud.cfg", "disable_vmware_customization: false\n");
	bench_file("/run/x", "");
	ck_assert_int_eq(customize(BROKER_CUSTOMIZE_DATA, BROKER_FILE_METADATA, "forgotten"), 0);
	ck_assert_int_eq(customize(BROKER_CUSTOMIZE_BEGIN, 0, ""), 0);
	ck_assert_int_eq(customize(BROKER_CUSTOMIZE_DATA, BROKER_FILE_CONFIG, "[NET"), 0);
	ck_assert_int_eq(customize(BROKER_CUSTOMIZE_DATA, BROKER_FILE_CONFIG, "WORK]\n"), 0);
	ck_assert_int_eq(customize(BROKER_CUSTOMIZE_COMMIT, 0, ""), 0);
	ck_assert_int_eq(files_read("/run/vmware-imc/cust.cfg", &text, 100), 0);
	expect_text(buf_text(&text), "[NETWORK]\n");
	ck_assert(!files_exist("/run/vmware-imc/metadata"));
	/* It is gone by then. */
	ck_assert_int_eq(customize(BROKER_CUSTOMIZE_COMMIT, 0, ""), BROKER_NOT_WRITTEN);
	/* And what the administrator forbids is not for the worker to ask for. */
	bench_file("/etc/vmware-tools/tools.conf", "[deployPkg]\nenable-customization=false\n");
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_RELOAD }), 0);
	ck_assert_int_eq(customize(BROKER_CUSTOMIZE_BEGIN, 0, ""), -EPERM);
	ck_assert_int_eq(customize(BROKER_CUSTOMIZE_COMMIT, 0, ""), -EPERM);
	buf_free(&text);
}
END_TEST

START_TEST(no_request_out_of_its_bounds_passes)
{
	struct broker_request request = { .op = BROKER_POWER, .id = 1, .power = BROKER_REBOOT };
	uint32_t ops = 0;

	ck_assert(broker_check(&request, sizeof(request)));
	ck_assert(!broker_check(&request, sizeof(request) - 1));
	request.id = 0;
	ck_assert(!broker_check(&request, sizeof(request)));
	for (uint32_t op = 0; op < 300; op++) {
		/* All ones is no value that any field may have. */
		memset(&request, 0xff, sizeof(request));
		request.op = op;
		request.id = 1;
		ops += broker_check(&request, sizeof(request));
	}
	/* Those without a field, and a SCSI host of any number. */
	ck_assert_uint_eq(ops, 7 + 1);
}
END_TEST

START_TEST(a_frozen_system_is_thawed_when_told)
{
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_FREEZE,
		.freeze = { 60000, 0 } }), 0);
	ck_assert_int_eq(seen->frozen, 1);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_FREEZE,
		.freeze = { 60000, 0 } }), -EBUSY);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_SCRIPT }), -EBUSY);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_DISKS }), -EBUSY);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_RELOAD }), -EBUSY);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_RESCAN }), -EBUSY);
	ck_assert_int_eq(customize(BROKER_CUSTOMIZE_COMMIT, 0, ""), -EBUSY);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_THAW }), 1);
	ck_assert_int_eq(seen->frozen, 0);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_THAW }), 0);
}
END_TEST

/* Users can mount, too (FUSE), and the disks behind theirs would be left out. */
START_TEST(of_a_table_of_mounts_that_is_cut_nothing_is_frozen)
{
	static const char line[] = "23 22 0:50 / /home/user/x rw - fuse.x x rw\n";
	struct buf text = { 0 };

	while (text.len < 4u << 20)
		buf_str(&text, line);
	buf_str(&text, "24 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
	bench_file("/proc/self/mountinfo", text.data);
	buf_free(&text);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_FREEZE,
		.freeze = { 60000, 0 } }), -EFBIG);
	ck_assert_int_eq(seen->frozen, 0);
}
END_TEST

START_TEST(a_freeze_is_called_off)
{
	struct broker_answer answer;

	seen->freeze_slowly = true;
	ask((struct broker_request){ .op = BROKER_FREEZE, .freeze = { 60000, 0 } });
	await(&seen->freezing);
	ask((struct broker_request){ .op = BROKER_THAW });
	answer = hear();
	ck_assert_uint_eq(answer.op, BROKER_FREEZE);
	ck_assert_int_eq(answer.result, -ECANCELED);
	answer = hear();
	ck_assert_uint_eq(answer.op, BROKER_THAW);
	ck_assert_int_eq(seen->frozen, 0);
}
END_TEST

START_TEST(time_over_is_said_unasked)
{
	struct broker_answer answer;

	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_FREEZE,
		.freeze = { 100, 0 } }), 0);
	answer = hear();
	ck_assert_uint_eq(answer.op, BROKER_THAWED);
	ck_assert_uint_eq(answer.id, 0);
	ck_assert_int_eq(seen->frozen, 0);
}
END_TEST

/* Neither while it freezes, nor while it should thaw. */
START_TEST(a_freezer_that_is_stuck_is_not_waited_for_forever)
{
	static const struct broker_request tick = { .op = BROKER_CLOCK };
	struct broker_answer answer;

	seen->freeze_slowly = !_i;
	ask((struct broker_request){ .op = BROKER_FREEZE, .freeze = { 60000, 0 } });
	if (_i)
		ck_assert_int_eq(hear().result, 0);
	await(&seen->freezing);
	kill(seen->freezer, SIGSTOP);
	/* The guard has its time first; the second answer comes after a look at what is due. */
	later(60000 + 5000);
	ck_assert_int_eq(result_of(tick), 1);
	ck_assert_int_eq(seen->frozen, _i);
	later(60000 + 15000);
	ask(tick);
	answer = hear();
	ck_assert_uint_eq(answer.op, _i ? BROKER_THAWED : BROKER_FREEZE);
	ck_assert_int_eq(!answer.id, _i);
	ck_assert_int_eq(answer.result, -ETIME);
	ck_assert_int_eq(seen->frozen, 0);
	ck_assert_uint_eq(hear().op, tick.op);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_THAW }), 0);
}
END_TEST

/* teardown() sees that nothing stays frozen, here and in the next ones. */
START_TEST(a_worker_that_dies_thaws)
{
	result_of((struct broker_request){ .op = BROKER_FREEZE, .freeze = { 60000, 0 } });
	close(to_broker);
	to_broker = -1;
}
END_TEST

START_TEST(a_broker_that_is_killed_thaws)
{
	result_of((struct broker_request){ .op = BROKER_FREEZE, .freeze = { 60000, 0 } });
	kill(process, SIGKILL);
}
END_TEST

START_TEST(a_broker_that_is_killed_while_it_freezes_thaws)
{
	seen->freeze_slowly = true;
	ask((struct broker_request){ .op = BROKER_FREEZE, .freeze = { 60000, 0 } });
	await(&seen->freezing);
	kill(process, SIGKILL);
	seen->freeze_slowly = false;
	ck_assert_int_eq(waitpid(process, NULL, 0), process);
	await_end(seen->freezer);
}
END_TEST

/* Who waits for the end of the broker does not wait for what freezes, which may be stuck. */
START_TEST(a_broker_that_is_killed_is_seen_to_be_gone)
{
	char byte;

	seen->freeze_slowly = true;
	ask((struct broker_request){ .op = BROKER_FREEZE, .freeze = { 60000, 0 } });
	await(&seen->freezing);
	kill(process, SIGKILL);
	ck_assert_int_eq(receive(&byte, 1), 0);
	ck_assert_int_eq(kill(seen->freezer, 0), 0);
	seen->freeze_slowly = false;
	await_end(seen->freezer);
}
END_TEST

START_TEST(a_freezer_that_is_killed_thaws)
{
	struct broker_answer answer;

	result_of((struct broker_request){ .op = BROKER_FREEZE, .freeze = { 60000, 0 } });
	kill(seen->freezer, SIGKILL);
	answer = hear();
	ck_assert_uint_eq(answer.op, BROKER_THAWED);
	ck_assert_int_eq(seen->frozen, 0);
}
END_TEST

START_TEST(told_to_end_it_thaws_and_tells_the_worker)
{
	int status;

	result_of((struct broker_request){ .op = BROKER_FREEZE, .freeze = { 60000, 0 } });
	kill(process, SIGTERM);
	ck_assert_uint_eq(hear().op, BROKER_STOP);
	ck_assert_int_eq(seen->frozen, 0);
	close(to_broker);
	ck_assert_int_eq(waitpid(process, &status, 0), process);
	ck_assert(WIFEXITED(status) && !WEXITSTATUS(status));
	to_broker = -1;
}
END_TEST

/* Whoever ends all of a session tells both, and it is open who is the quicker one. */
START_TEST(told_to_end_after_the_worker_has_gone_it_ends_in_order)
{
	int link[2], status;

	close(to_broker);
	ck_assert_int_eq(waitpid(process, &status, 0), process);
	ck_assert(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link));
	with_worker = true;
	start_broker(link);
	result_of((struct broker_request){ .op = BROKER_CLOCK });
	kill(process, SIGSTOP);
	ck_assert_int_eq(waitpid(process, &status, WUNTRACED), process);
	close(to_broker);
	kill(process, SIGTERM);
	kill(process, SIGCONT);
	ck_assert_int_eq(waitpid(process, &status, 0), process);
	ck_assert(WIFEXITED(status) && !WEXITSTATUS(status));
	to_broker = -1;
}
END_TEST

START_TEST(what_is_no_request_cuts_the_worker_off)
{
	struct broker_request request = { .op = 99, .id = 1 };
	char byte;

	result_of((struct broker_request){ .op = BROKER_FREEZE, .freeze = { 60000, 0 } });
	ck_assert_int_gt(send(to_broker, &request, sizeof(request), 0), 0);
	ck_assert_int_eq(receive(&byte, 1), 0);
}
END_TEST

START_TEST(scripts_run_and_their_status_comes_back)
{
	char path[128];

	bench_file("/etc/vmware-tools/poweron-vm-default", "#!/bin/sh\nexit 7\n");
	snprintf(path, sizeof(path), "%s/etc/vmware-tools/poweron-vm-default", bench->root);
	chmod(path, 0755);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_SCRIPT,
		.script = BROKER_SCRIPT_POWERON }), 7);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_SCRIPT,
		.script = BROKER_SCRIPT_RESUME }), 0);
}
END_TEST

/* One that writes down what it is told, fails if it is to, and waits at a gate if there is one. */
static void backup_script(void)
{
	char path[128];

	bench_file("/etc/vmware-tools/backupScripts.d/one",
		   "#!/bin/sh\ncd ${0%/etc/*}\necho $1 >>heard\n"
		   "[ ! -p gate ] || read line <gate\n[ ! -e fail ]\n");
	snprintf(path, sizeof(path), "%s/etc/vmware-tools/backupScripts.d/one", bench->root);
	chmod(path, 0755);
}

static void expect_heard(const char *words)
{
	struct buf text = { 0 };

	for (int i = 0; i < 10000; i++) {
		files_read("/heard", &text, 1000);
		if (!strcmp(buf_text(&text), words) && !files_exist("/run/vmguestd-broker/scripts"))
			break;
		usleep(1000);
	}
	expect_text(buf_text(&text), words);
	ck_assert(!files_exist("/run/vmguestd-broker/scripts"));
	buf_free(&text);
}

static int32_t freeze_scripts(void)
{
	return result_of((struct broker_request){ .op = BROKER_SCRIPT,
		.script = BROKER_SCRIPT_FREEZE });
}

START_TEST(scripts_hear_of_the_end_from_whom_asks)
{
	backup_script();
	ck_assert_int_eq(freeze_scripts(), 0);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_SCRIPT,
		.script = BROKER_SCRIPT_THAW }), 0);
	expect_heard("freeze\nthaw\n");
	bench_file("/fail", "");
	ck_assert_int_eq(freeze_scripts(), 1);
	expect_heard("freeze\nthaw\nfreeze\nfreezeFail\n");
	close(to_broker);
	to_broker = -1;
	waitpid(process, NULL, 0);
	expect_heard("freeze\nthaw\nfreeze\nfreezeFail\n");
}
END_TEST

START_TEST(scripts_hear_of_the_end_when_the_worker_is_gone)
{
	backup_script();
	ck_assert_int_eq(freeze_scripts(), 0);
	result_of((struct broker_request){ .op = BROKER_FREEZE, .freeze = { 60000, 0 } });
	close(to_broker);
	to_broker = -1;
	expect_heard("freeze\nthaw\n");
}
END_TEST

/* The script itself goes on; who waits for it is gone. */
START_TEST(scripts_hear_of_the_end_when_who_runs_them_is_killed)
{
	static const uint32_t phases[] = { BROKER_SCRIPT_FREEZE, BROKER_SCRIPT_THAW };
	static const char *const heard[] = {
		"freeze\nfreezeFail\n", "freeze\nfreezeFail\nfreeze\nthaw\nthaw\n",
	};
	char path[128], command[128];
	int gate;

	backup_script();
	snprintf(path, sizeof(path), "%s/gate", bench->root);
	snprintf(command, sizeof(command), "pkill -KILL -P %d", process);
	for (int i = 0; i < 2; i++) {
		/* Who told of the failure may not be gone yet. */
		while (i && freeze_scripts() == -EBUSY)
			continue;
		ck_assert(!mkfifo(path, 0644));
		ask((struct broker_request){ .op = BROKER_SCRIPT, .script = phases[i] });
		gate = open(path, O_WRONLY | O_CLOEXEC);	/* until it is there */
		ck_assert(!remove(path));
		ck_assert_int_eq(system(command), 0);
		ck_assert_int_eq(hear().result, -EINTR);
		expect_heard(heard[i]);
		close(gate);
	}
}
END_TEST

static void restart_broker(void)
{
	int link[2];

	kill(process, SIGKILL);
	waitpid(process, NULL, 0);
	close(to_broker);
	ck_assert(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link));
	start_broker(link);
}

START_TEST(scripts_hear_of_the_end_when_the_broker_was_killed)
{
	backup_script();
	ck_assert_int_eq(freeze_scripts(), 0);
	restart_broker();
	expect_heard("freeze\nthaw\n");
}
END_TEST

START_TEST(scripts_hear_of_the_end_when_the_broker_was_killed_while_they_ran)
{
	char path[128];
	int gate;

	backup_script();
	snprintf(path, sizeof(path), "%s/gate", bench->root);
	ck_assert(!mkfifo(path, 0644));
	ask((struct broker_request){ .op = BROKER_SCRIPT, .script = BROKER_SCRIPT_FREEZE });
	gate = open(path, O_WRONLY | O_CLOEXEC);	/* until it is there */
	ck_assert_int_ge(gate, 0);
	ck_assert(!remove(path));
	restart_broker();
	expect_heard("freeze\nfreezeFail\n");
	close(gate);
}
END_TEST

START_TEST(a_manifest_is_written)
{
	struct buf text = { 0 };

	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_MANIFEST }), 1);
	for (int i = 0; i < 2; i++) {	/* a new one, and in the place of an old one */
		bench_file("/etc/vmware-tools/x", "");
		ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_MANIFEST }), 0);
		ck_assert(!files_read(MANIFEST, &text, 1000));
		ck_assert_ptr_nonnull(strstr(text.data, "<providerName>fifreeze</providerName>"));
		ck_assert_ptr_nonnull(strstr(text.data, "<productVersion>12."));
	}
	buf_free(&text);
}
END_TEST

START_TEST(disks_are_measured)
{
	struct broker_answer answer;
	unsigned int count = 0;

	ask((struct broker_request){ .op = BROKER_DISKS });
	for (;;) {
		answer = hear();
		ck_assert_uint_eq(answer.op, BROKER_DISKS);
		if (!answer.more)
			break;
		count++;
		expect_text(answer.disk.point, "/");
		ck_assert_uint_gt(answer.disk.size, answer.disk.free);
	}
	ck_assert_int_eq(answer.result, 0);
	ck_assert_uint_eq(count, 1);
}
END_TEST

/* As a unit of its own: workers come and go on a socket, and only theirs is obeyed. */
START_TEST(a_worker_that_disconnects_thaws_and_the_next_one_is_served)
{
	static struct broker other;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int mine = to_broker;
	pid_t pid;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", bench->root);
	ck_assert(!bind(listener, (struct sockaddr *)&address, sizeof(address)));
	ck_assert(!listen(listener, 4));
	pid = fork();
	if (!pid) {
		close(mine);
		settings_default(&other.settings);
		other.ops = &fake_ops;
		other.user = getuid();
		_exit(broker_run(&other, -1, listener));
	}
	for (int i = 0; i < 2; i++) {
		to_broker = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
		ck_assert(!connect(to_broker, (struct sockaddr *)&address, sizeof(address)));
		/* What one has asked for the next one is not told of. */
		seen->sync_slowly = !i;
		if (!i)
			ask((struct broker_request){ .op = BROKER_SYNC });
		ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_FREEZE,
			.freeze = { 60000, 0 } }), 0);
		ck_assert_int_eq(seen->frozen, 1);
		close(to_broker);
		await_thaw();
	}
	kill(pid, SIGTERM);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	close(listener);
	to_broker = mine;
}
END_TEST

START_TEST(another_user_is_not_served)
{
	static struct broker other;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), status;
	pid_t pid, client;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", bench->root);
	ck_assert(!bind(listener, (struct sockaddr *)&address, sizeof(address)));
	ck_assert(!listen(listener, 4));
	chmod(bench->root, 0755);
	chmod(address.sun_path, 0777);
	pid = fork();
	if (!pid) {
		other.ops = &fake_ops;
		other.user = 12345;
		_exit(broker_run(&other, -1, listener));
	}
	client = fork();
	if (!client) {
		int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
		char byte;

		if (setresuid(65534, 65534, 65534) ||
		    connect(fd, (struct sockaddr *)&address, sizeof(address)))
			_exit(2);
		_exit(recv(fd, &byte, 1, 0) != 0);	/* the door is shut */
	}
	ck_assert_int_eq(waitpid(client, &status, 0), client);
	ck_assert_int_eq(status, 0);
	kill(pid, SIGTERM);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	close(listener);
}
END_TEST

/* A table of mounts that never comes stands for a file system that never answers. */
START_TEST(disks_that_hang_are_given_up)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/proc/self/mountinfo", bench->root);
	ck_assert(!remove(path));
	ck_assert(!mkfifo(path, 0644));
	ask((struct broker_request){ .op = BROKER_DISKS });
	/* Meanwhile everything else goes on. */
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_RELOAD }), 0);
	ck_assert_int_eq(result_of((struct broker_request){ .op = BROKER_DISKS }), -EBUSY);
	later(5000);
	ck_assert_int_eq(hear().result, -ETIME);
}
END_TEST

START_TEST(capabilities_that_are_kept)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	ck_assert(!broker_drop());
	ck_assert(!syscall(SYS_capget, &header, data));
	ck_assert_uint_eq(data[0].effective,
			  1u << CAP_SYS_ADMIN | 1u << CAP_SYS_TIME | 1u << CAP_DAC_READ_SEARCH);
	ck_assert_uint_eq(data[0].permitted, data[0].effective);
	ck_assert_uint_eq(data[1].effective | data[1].permitted | data[0].inheritable, 0);
}
END_TEST

Suite *suite_broker(void)
{
	Suite *suite = suite_create("broker");
	TCase *tcase = tcase_create("process");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, each_operation_reaches_the_system);
	tcase_add_test(tcase, what_the_administrator_has_switched_off_is_not_done);
	tcase_add_test(tcase, others_have_frozen_it_is_for_the_administrator_to_ignore);
	tcase_add_test(tcase, a_way_down_that_cannot_be_started_is_told);
	tcase_add_test(tcase, a_child_has_nothing_of_the_brokers_open);
	tcase_add_test(tcase, a_worker_that_does_not_listen_is_taken_for_gone);
	tcase_add_test(tcase, a_sync_that_hangs_holds_nothing_up);
	tcase_add_test(tcase, a_sync_that_fails_is_no_success);
	tcase_add_test(tcase, what_hot_added_files_are_written);
	tcase_add_test(tcase, the_display_is_found_by_its_ids);
	tcase_add_test(tcase, files_for_cloud_init_are_handed_over);
	tcase_add_test(tcase, no_request_out_of_its_bounds_passes);
	tcase_add_test(tcase, a_frozen_system_is_thawed_when_told);
	tcase_add_test(tcase, of_a_table_of_mounts_that_is_cut_nothing_is_frozen);
	tcase_add_test(tcase, a_freeze_is_called_off);
	tcase_add_test(tcase, time_over_is_said_unasked);
	tcase_add_loop_test(tcase, a_freezer_that_is_stuck_is_not_waited_for_forever, 0, 2);
	tcase_add_test(tcase, a_worker_that_dies_thaws);
	tcase_add_test(tcase, a_broker_that_is_killed_thaws);
	tcase_add_test(tcase, a_broker_that_is_killed_while_it_freezes_thaws);
	tcase_add_test(tcase, a_broker_that_is_killed_is_seen_to_be_gone);
	tcase_add_test(tcase, a_freezer_that_is_killed_thaws);
	tcase_add_test(tcase, told_to_end_it_thaws_and_tells_the_worker);
	tcase_add_test(tcase, told_to_end_after_the_worker_has_gone_it_ends_in_order);
	tcase_add_test(tcase, what_is_no_request_cuts_the_worker_off);
	tcase_add_test(tcase, scripts_run_and_their_status_comes_back);
	tcase_add_test(tcase, scripts_hear_of_the_end_from_whom_asks);
	tcase_add_test(tcase, scripts_hear_of_the_end_when_the_worker_is_gone);
	tcase_add_test(tcase, scripts_hear_of_the_end_when_who_runs_them_is_killed);
	tcase_add_test(tcase, scripts_hear_of_the_end_when_the_broker_was_killed);
	tcase_add_test(tcase, scripts_hear_of_the_end_when_the_broker_was_killed_while_they_ran);
	tcase_add_test(tcase, a_manifest_is_written);
	tcase_add_test(tcase, disks_are_measured);
	tcase_add_test(tcase, a_worker_that_disconnects_thaws_and_the_next_one_is_served);
	tcase_add_test(tcase, another_user_is_not_served);
	tcase_add_test(tcase, disks_that_hang_are_given_up);
	tcase_add_test(tcase, capabilities_that_are_kept);
	suite_add_tcase(suite, tcase);
	return suite;
}
