// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: debugfs
 *
 * Below dri/N: what each client has (vms, queues, objects), what the engine does (engine),
 * the next submission with its memory (capture), faults on request (inject).
 *
 * Clients are walked under DRM's lock for their list, which they leave before anything of
 * theirs is freed; what they may destroy meanwhile is looked at with a reference.
 */
#include <drm/drm_debugfs.h>
#include <drm/drm_device.h>
#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <linux/seq_file.h>
#include <uapi/drm/asahi_drm.h>

#include "agxc_capture.h"
#include "agxc_debug.h"
#include "agxc_device.h"
#include "agxc_engine.h"
#include "agxc_gem.h"
#include "agxc_queue.h"
#include "agxc_vm.h"

/* Mappings for which a VM is locked: cores may have to wait. */
#define VAS_AT_ONCE	256

static void show_client(struct seq_file *seq, const struct drm_file *file)
{
	struct task_struct *task;
	struct pid *pid;

	rcu_read_lock();
	pid = rcu_dereference(file->pid);
	task = pid_task(pid, PIDTYPE_TGID);
	seq_printf(seq, "client %llu: %s, pid %d\n", file->client_id,
		   task ? task->comm : "?", pid_vnr(pid));
	rcu_read_unlock();
}

static int each_client(struct seq_file *seq,
		       void (*show)(struct seq_file *seq, struct agxc_file *file))
{
	struct drm_debugfs_entry *entry = seq->private;
	struct drm_device *drm = entry->dev;
	struct drm_file *file;

	mutex_lock(&drm->filelist_mutex);
	list_for_each_entry_reverse(file, &drm->filelist, lhead) {
		show_client(seq, file);
		show(seq, to_agxc_file(file));
	}
	mutex_unlock(&drm->filelist_mutex);
	return 0;
}

/* --- vms -------------------------------------------------------------------- */

static void show_va(struct seq_file *seq, const struct agxc_va *va)
{
	u64 start = va->base.va.addr;

	seq_printf(seq, "    0x%010llx-0x%010llx %c%c%c bo %p offset 0x%llx\n",
		   start, start + va->base.va.range,
		   va->prot & AGX_MEM_READ ? 'r' : '-', va->prot & AGX_MEM_WRITE ? 'w' : '-',
		   va->single_page ? '1' : '-', va->base.gem.obj, va->base.gem.offset);
}

static void show_fault(struct seq_file *seq, struct agxc_vm *vm)
{
	const struct agxc_fault_record *fault = &vm->fault;

	spin_lock(&vm->fault_lock);
	if (fault->valid)
		seq_printf(seq, "    fault %llu: queue %u, submission %llu, command %u: %s\n",
			   fault->count, fault->queue_id, fault->seqno, fault->command,
			   fault->message);
	spin_unlock(&vm->fault_lock);
}

/* Some of them from *address on, which moves; false: there are no more. */
static bool show_vas(struct seq_file *seq, struct agxc_vm *vm, u64 *address)
{
	struct drm_gpuva *va;
	u32 n = 0;

	agxc_vm_enter(vm);
	drm_gpuvm_for_each_va_range(va, &vm->base, *address, AGXC_VA_END) {
		if (n++ == VAS_AT_ONCE)
			break;
		/* What the tree has for the kernel's range is not of a buffer. */
		if (va->gem.obj)
			show_va(seq, to_agxc_va(va));
		*address = va->va.addr + va->va.range;
	}
	agxc_vm_leave(vm);
	return va;
}

static void show_vm(struct seq_file *seq, struct agxc_vm *vm)
{
	u64 address = AGXC_VA_START;

	seq_printf(seq, "  vm %u: kernel 0x%010llx-0x%010llx\n", vm->id, vm->kernel_start,
		   vm->kernel_end);
	while (show_vas(seq, vm, &address) && !seq_has_overflowed(seq))
		cond_resched();
	show_fault(seq, vm);
}

static void show_file_vms(struct seq_file *seq, struct agxc_file *file)
{
	struct agxc_vm *vm;
	unsigned long id;

	xa_for_each(&file->vms, id, vm) {
		vm = agxc_vm_lookup(file, id);
		if (!vm)
			continue;
		show_vm(seq, vm);
		agxc_vm_put(vm);
	}
}

static int show_vms(struct seq_file *seq, void *data)
{
	return each_client(seq, show_file_vms);
}

/* --- queues ----------------------------------------------------------------- */

static void show_queue(struct seq_file *seq, struct agxc_queue *queue)
{
	static const char *const priority[] = { "low", "medium", "high", "realtime" };
	const atomic64_t *value = queue->counters.value;

	seq_printf(seq, "  queue %u: vm %u, priority %s, usc 0x%010llx, submitted %llu, ",
		   queue->id, queue->vm->id,
		   queue->priority < ARRAY_SIZE(priority) ? priority[queue->priority] : "?",
		   queue->usc_base, READ_ONCE(queue->seqno));
	seq_printf(seq, "in flight %u, completed %lld, errors %lld, busy %lld us%s\n",
		   atomic_read(&queue->sched.credit_count),
		   atomic64_read(&value[DRM_AGXC_COUNTER_SUBMITS]),
		   atomic64_read(&value[DRM_AGXC_COUNTER_ERRORS]),
		   atomic64_read(&value[DRM_AGXC_COUNTER_ENGINE_NS]) / NSEC_PER_USEC,
		   READ_ONCE(queue->capture) ? ", capture" : "");
}

static void show_file_queues(struct seq_file *seq, struct agxc_file *file)
{
	struct agxc_queue *queue;
	unsigned long id;

	xa_for_each(&file->queues, id, queue) {
		queue = agxc_queue_lookup(file, id);
		if (!queue)
			continue;
		show_queue(seq, queue);
		agxc_queue_put(queue);
	}
}

static int show_queues(struct seq_file *seq, void *data)
{
	return each_client(seq, show_file_queues);
}

/* --- objects ---------------------------------------------------------------- */

static void show_bo(struct seq_file *seq, u32 handle, struct drm_gem_object *obj)
{
	const struct agxc_gem *gem = to_agxc_gem(obj);

	seq_printf(seq, "  bo %u: %p size 0x%zx%s%s%s%s%s\n", handle, obj, obj->size,
		   gem->flags & DRM_ASAHI_GEM_WRITEBACK ? " writeback" : "",
		   gem->vm_resv ? " private" : "", obj->dma_buf ? " exported" : "",
		   drm_gem_is_imported(obj) ? " imported" : "",
		   gem->base.pages || drm_gem_is_imported(obj) ? " resident" : "");
}

static void show_file_objects(struct seq_file *seq, struct agxc_file *file)
{
	struct drm_gem_object *obj;
	struct agxc_object *object;
	unsigned long id;
	int handle;

	spin_lock(&file->drm->table_lock);
	idr_for_each_entry(&file->drm->object_idr, obj, handle)
		if (obj)
			show_bo(seq, handle, obj);
	spin_unlock(&file->drm->table_lock);

	xa_for_each(&file->objects, id, object) {
		object = agxc_object_lookup(file, id);
		if (!object)
			continue;
		seq_printf(seq, "  timestamps %lu: bo %p size 0x%llx\n", id, object->gem,
			   object->size);
		agxc_object_put(object);
	}
}

static int show_objects(struct seq_file *seq, void *data)
{
	return each_client(seq, show_file_objects);
}

/* ---------------------------------------------------------------------------- */

static int show_engine(struct seq_file *seq, void *data)
{
	struct drm_debugfs_entry *entry = seq->private;

	agxc_engine_show(to_agxc(entry->dev), seq);
	return 0;
}

static const struct drm_debugfs_info files[] = {
	{ "engine", show_engine },
	{ "objects", show_objects },
	{ "queues", show_queues },
	{ "vms", show_vms },
};

void agxc_debugfs_init(struct drm_minor *minor)
{
	struct agxc_device *dev = to_agxc(minor->dev);

	drm_debugfs_add_files(minor->dev, files, ARRAY_SIZE(files));
	agxc_inject_debugfs(dev, minor->debugfs_root);
	agxc_tap_debugfs(dev, minor->debugfs_root);
}
