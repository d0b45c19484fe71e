// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: module, driver, open and close
 *
 * The module registers a platform device, because clients of the hardware's driver
 * look for one, and a driver for it, whose DRM name is that of the hardware's.
 */
#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/drm_gem_shmem_helper.h>
#include <drm/drm_ioctl.h>
#include <drm/drm_managed.h>
#include <drm/drm_gem_shmem_helper.h>
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <uapi/drm/asahi_drm.h>

#include "agxc_compat.h"
#include "agxc_debug.h"
#include "agxc_device.h"
#include "agxc_engine.h"
#include "agxc_gem.h"
#include "agxc_queue.h"
#include "agxc_vm.h"

#define AGXC_NAME "agx_compute"

struct agxc_params agxc_params = {
	.chip = "t8112",
	.slots = 4,
	.timeout_ms = 30000,
	.arena_mib = 32,
	.memory_percent = 75,
	.render = true,
};

module_param_named(chip, agxc_params.chip, charp, 0444);
MODULE_PARM_DESC(chip, "chip to be: t8103, t6000, t6001, t6002, t8112 (default), t6020, t6021, t6022");
module_param_named(cores, agxc_params.cores, uint, 0444);
MODULE_PARM_DESC(cores, "threads that execute shaders (default 0: one for each CPU, 8 at most)");
module_param_named(slots, agxc_params.slots, uint, 0444);
MODULE_PARM_DESC(slots, "queues that are executed at the same time (default 4)");
module_param_named(timeout_ms, agxc_params.timeout_ms, uint, 0644);
MODULE_PARM_DESC(timeout_ms, "wall-clock time in which a command must get on (default 30000, 0: any)");
module_param_named(max_steps, agxc_params.max_steps, ulong, 0644);
MODULE_PARM_DESC(max_steps, "SIMD-group instructions that a launch may take (default 0: any)");
module_param_named(arena_mib, agxc_params.arena_mib, uint, 0444);
MODULE_PARM_DESC(arena_mib, "memory for decoded shaders and private stacks (default 32)");
module_param_named(memory_percent, agxc_params.memory_percent, uint, 0444);
MODULE_PARM_DESC(memory_percent, "of the machine's memory that may be bound (default 75)");
module_param_named(soft_faults, agxc_params.soft_faults, bool, 0644);
MODULE_PARM_DESC(soft_faults, "loads of unmapped memory are 0 and stores vanish (default off)");
module_param_named(render, agxc_params.render, bool, 0644);
MODULE_PARM_DESC(render, "render commands complete without drawing, else EINVAL (default on)");

struct agxc_usage *agxc_usage_get(struct agxc_usage *usage)
{
	kref_get(&usage->ref);
	return usage;
}

static void agxc_usage_free(struct kref *ref)
{
	agxc_free(container_of(ref, struct agxc_usage, ref));
}

void agxc_usage_put(struct agxc_usage *usage)
{
	kref_put(&usage->ref, agxc_usage_free);
}

static int agxc_open(struct drm_device *drm, struct drm_file *drm_file)
{
	struct agxc_device *dev = to_agxc(drm);
	struct agxc_file *file;

	file = agxc_alloc(dev, sizeof(*file));
	if (!file)
		return -ENOMEM;

	file->usage = agxc_alloc(dev, sizeof(*file->usage));
	if (!file->usage) {
		agxc_free(file);
		return -ENOMEM;
	}

	kref_init(&file->usage->ref);
	file->usage->client = drm_file->client_id;
	file->drm = drm_file;
	xa_init_flags(&file->vms, XA_FLAGS_ALLOC1);
	xa_init_flags(&file->queues, XA_FLAGS_ALLOC1);
	xa_init_flags(&file->objects, XA_FLAGS_ALLOC1);
	drm_file->driver_priv = file;
	return 0;
}

/* Queues first: what they have in flight uses the rest. */
static void agxc_postclose(struct drm_device *drm, struct drm_file *drm_file)
{
	struct agxc_file *file = to_agxc_file(drm_file);
	struct agxc_object *object;
	struct agxc_queue *queue;
	struct agxc_vm *vm;
	unsigned long id;

	xa_for_each(&file->queues, id, queue)
		agxc_queue_close(queue);
	agxc_queues_drain(file);
	xa_for_each(&file->vms, id, vm)
		agxc_vm_close(vm);
	xa_for_each(&file->objects, id, object)
		agxc_object_put(object);
	xa_destroy(&file->queues);
	xa_destroy(&file->vms);
	xa_destroy(&file->objects);
	agxc_usage_put(file->usage);
	agxc_free(file);
}

#define AGXC_IOCTL(name, func) DRM_IOCTL_DEF_DRV(name, func, DRM_AUTH | DRM_RENDER_ALLOW)

static const struct drm_ioctl_desc agxc_ioctls[] = {
	DRM_IOCTL_DEF_DRV(ASAHI_GET_PARAMS, agxc_ioctl_get_params, DRM_RENDER_ALLOW),
	AGXC_IOCTL(ASAHI_GET_TIME, agxc_ioctl_get_time),
	AGXC_IOCTL(ASAHI_VM_CREATE, agxc_ioctl_vm_create),
	AGXC_IOCTL(ASAHI_VM_DESTROY, agxc_ioctl_vm_destroy),
	AGXC_IOCTL(ASAHI_VM_BIND, agxc_ioctl_vm_bind),
	AGXC_IOCTL(ASAHI_GEM_CREATE, agxc_ioctl_gem_create),
	AGXC_IOCTL(ASAHI_GEM_MMAP_OFFSET, agxc_ioctl_gem_mmap_offset),
	AGXC_IOCTL(ASAHI_GEM_BIND_OBJECT, agxc_ioctl_gem_bind_object),
	AGXC_IOCTL(ASAHI_QUEUE_CREATE, agxc_ioctl_queue_create),
	AGXC_IOCTL(ASAHI_QUEUE_DESTROY, agxc_ioctl_queue_destroy),
	AGXC_IOCTL(ASAHI_SUBMIT, agxc_ioctl_submit),
	AGXC_IOCTL(AGXC_GET_INFO, agxc_ioctl_get_info),
	AGXC_IOCTL(AGXC_GET_COUNTERS, agxc_ioctl_get_counters),
	AGXC_IOCTL(AGXC_GET_FAULT, agxc_ioctl_get_fault),
	AGXC_IOCTL(AGXC_CAPTURE, agxc_ioctl_capture),
};

/*
 * DRM closes buffers, which unmaps them, before it calls agxc_postclose(): work that
 * still used them would fault, and take that of other clients with it.
 */
static int agxc_release(struct inode *inode, struct file *filp)
{
	struct drm_file *file = filp->private_data;

	agxc_queues_cancel(to_agxc_file(file));
	return drm_release(inode, filp);
}

static const struct file_operations agxc_fops = {
	.owner = THIS_MODULE,
	.open = drm_open,
	.release = agxc_release,
	.unlocked_ioctl = drm_ioctl,
	.compat_ioctl = drm_compat_ioctl,
	.poll = drm_poll,
	.read = drm_read,
	.llseek = noop_llseek,
	.get_unmapped_area = drm_gem_get_unmapped_area,
	.mmap = drm_gem_mmap,
	.fop_flags = FOP_UNSIGNED_OFFSET,
	.show_fdinfo = drm_show_fdinfo,
};

static const struct drm_driver agxc_driver = {
	.driver_features = DRIVER_GEM | DRIVER_RENDER | DRIVER_SYNCOBJ |
			   DRIVER_SYNCOBJ_TIMELINE | DRIVER_GEM_GPUVA,
	.open = agxc_open,
	.postclose = agxc_postclose,
	.gem_create_object = agxc_gem_create_object,
	.gem_prime_import = drm_gem_shmem_prime_import_no_map,
	.show_fdinfo = agxc_show_fdinfo,
#ifdef CONFIG_DEBUG_FS
	.debugfs_init = agxc_debugfs_init,
#endif
	.ioctls = agxc_ioctls,
	.num_ioctls = ARRAY_SIZE(agxc_ioctls),
	.fops = &agxc_fops,
	.name = "asahi",
	.desc = "Apple AGX Graphics (software)",
	.major = 0,
	.minor = 0,
};

static void agxc_destroy_wq(struct drm_device *drm, void *wq)
{
	destroy_workqueue(wq);
}

static int agxc_alloc_wq(struct agxc_device *dev, struct workqueue_struct **wq, const char *name,
			 unsigned int flags)
{
	*wq = alloc_workqueue("%s", flags, 0, name);
	if (!*wq)
		return -ENOMEM;
	return drmm_add_action_or_reset(&dev->drm, agxc_destroy_wq, *wq);
}

int agxc_device_init(struct agxc_device *dev)
{
	int ret;

	/* What it does is short, and whoever waits for a submission waits for it first. */
	ret = agxc_alloc_wq(dev, &dev->submit_wq, "agxc-submit",
			    WQ_UNBOUND | WQ_HIGHPRI | WQ_MEM_RECLAIM);
	if (ret)
		return ret;
	ret = agxc_alloc_wq(dev, &dev->cleanup_wq, "agxc-cleanup", WQ_UNBOUND);
	if (ret)
		return ret;
	ret = agxc_queues_init(dev);
	if (ret)
		return ret;
	return agxc_engine_create(dev);
}

static int agxc_probe(struct platform_device *pdev)
{
	struct agxc_device *dev;
	int ret;

	ret = dma_coerce_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		return ret;

	dev = devm_drm_dev_alloc(&pdev->dev, &agxc_driver, struct agxc_device, drm);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	platform_set_drvdata(pdev, dev);

	dev->chip = agxc_chip_find(agxc_params.chip);
	if (!dev->chip)
		return dev_err_probe(&pdev->dev, -EINVAL, "no chip is named %s\n",
				     agxc_params.chip);

	ret = agxc_device_init(dev);
	if (ret)
		return ret;

	ret = drm_dev_register(&dev->drm, 0);
	if (ret)
		agxc_engine_stop(dev);
	return ret;
}

/* Open files keep the DRM device; all they can still do is close. */
static void agxc_remove(struct platform_device *pdev)
{
	struct agxc_device *dev = platform_get_drvdata(pdev);

	drm_dev_unplug(&dev->drm);
	agxc_queues_unplug(dev);
	agxc_engine_stop(dev);
}

static struct platform_driver agxc_platform_driver = {
	.probe = agxc_probe,
	.remove = agxc_remove,
	.driver = { .name = AGXC_NAME },
};

/* Of the module, as the driver is: made and removed with it. */
static struct platform_device *agxc_pdev;

static int __init agxc_init(void)
{
	int ret;

	ret = platform_driver_register(&agxc_platform_driver);
	if (ret)
		return ret;

	agxc_pdev = platform_device_register_simple(AGXC_NAME, PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(agxc_pdev)) {
		platform_driver_unregister(&agxc_platform_driver);
		return PTR_ERR(agxc_pdev);
	}
	return 0;
}

static void __exit agxc_exit(void)
{
	platform_device_unregister(agxc_pdev);
	platform_driver_unregister(&agxc_platform_driver);
}

module_init(agxc_init);
module_exit(agxc_exit);

MODULE_DESCRIPTION("DRM render node with the asahi UAPI and a software AGX");
MODULE_AUTHOR("The Mutsu authors");
MODULE_VERSION(AGXC_VERSION);
MODULE_LICENSE("Dual MIT/GPL");
