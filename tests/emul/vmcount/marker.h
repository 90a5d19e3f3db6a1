/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The guest's side of vmcount: one instruction that hands a line of text to the
 * plugin.  An `in` of 32 bits from a port that no device answers is harmless
 * when no plugin listens (it reads all ones) and costs no device register.
 *
 *	eax	VMCOUNT_MAGIC
 *	dx	VMCOUNT_PORT
 *	rbx	virtual address of the text; the caller has just written or read
 *		it, so that its pages are present
 *	rcx	its length, at most VMCOUNT_MAX
 *
 * Works in the kernel and, after vmcount_open(), in user space.  The lines that
 * may be sent are listed in README.md.
 */
#ifndef VMCOUNT_MARKER_H
#define VMCOUNT_MARKER_H

#define VMCOUNT_PORT	0x5671
#define VMCOUNT_MAGIC	0x544e4356	/* "VCNT" */
#define VMCOUNT_MAX	200

static inline void vmcount_send(const char *text, unsigned long len)
{
	unsigned int eax = VMCOUNT_MAGIC;

	asm volatile("inl %%dx, %%eax"
		     : "+a"(eax)
		     : "b"(text), "c"(len), "d"(VMCOUNT_PORT)
		     : "memory");
}

#ifndef __KERNEL__
#include <stdarg.h>
#include <stdio.h>
#include <sys/io.h>

/* Let this process execute the marker. Return: 0, or -1 with errno set. */
static inline int vmcount_open(void)
{
	return ioperm(VMCOUNT_PORT, 4, 1);
}

/*
 * Take the permission back: a process that has it pays some fifty instructions
 * at each return to user space.
 */
static inline int vmcount_close(void)
{
	return ioperm(VMCOUNT_PORT, 4, 0);
}

static inline void __attribute__((format(printf, 1, 2))) vmcount_sendf(const char *format, ...)
{
	char text[VMCOUNT_MAX + 1];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* A line that was cut is refused by its length, and the refusal is reported. */
	if (len > 0)
		vmcount_send(text, len);
}
#endif

#endif
