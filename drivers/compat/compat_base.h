/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The C library of the kernel: compiler attributes, allocation. All of it macros,
 * so the preprocessor answers what a probe would have to ask elsewhere.
 */
#ifndef _VMGUEST_COMPAT_BASE_H
#define _VMGUEST_COMPAT_BASE_H

#include <linux/compiler_attributes.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

/* v6.6 «Compiler Attributes: Add __counted_by macro» */
#ifndef __counted_by
#define __counted_by(member)
#endif

/*
 * v7.0 «slab: Introduce kmalloc_obj() and family». The trailing argument is
 * optional gfp flags, GFP_KERNEL without it.
 */
#ifndef kzalloc_obj
#define _compat_gfp(unused, gfp, ...) (gfp)
#define compat_gfp(...) _compat_gfp(, ##__VA_ARGS__, GFP_KERNEL)

#define kzalloc_obj(p, ...)							\
({										\
	typeof(p) *_obj = kzalloc(sizeof(*_obj), compat_gfp(__VA_ARGS__));	\
	_obj;									\
})
#define kzalloc_objs(p, count, ...)						\
({										\
	typeof(p) *_objs = kcalloc(count, sizeof(*_objs), compat_gfp(__VA_ARGS__)); \
	_objs;									\
})
#define kvzalloc_objs(p, count, ...)						\
({										\
	typeof(p) *_objs = kvcalloc(count, sizeof(*_objs), compat_gfp(__VA_ARGS__)); \
	_objs;									\
})
#endif

#endif
