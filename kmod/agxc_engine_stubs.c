// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: until queues and VMs are there
 *
 * What the engine calls of theirs, each replaced by the one that does something.
 */
#include <drm/drm_device.h>
#include <drm/drm_file.h>

#include "agxc_queue.h"
#include "agxc_vm.h"

u64 __weak agxc_vm_enter(struct agxc_vm *vm)
{
	return 0;
}

void __weak agxc_vm_leave(struct agxc_vm *vm)
{
}

void __weak agxc_vm_record_fault(struct agxc_vm *vm, const struct agxc_fault_record *record)
{
}

struct agxc_queue *__weak agxc_queue_get(struct agxc_queue *queue)
{
	return queue;
}

void __weak agxc_queue_put(struct agxc_queue *queue)
{
}

void __weak agxc_job_complete(struct agxc_job *job, int error)
{
}
