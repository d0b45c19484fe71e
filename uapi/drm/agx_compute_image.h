/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef _AGX_COMPUTE_IMAGE_H_
#define _AGX_COMPUTE_IMAGE_H_

#include <linux/types.h>

#if defined(__cplusplus)
extern "C" {
#endif

/**
 * DOC: images of submissions
 *
 * A submission with all memory that its VM has mapped, in a file: what
 * &DRM_IOCTL_AGXC_CAPTURE and the debugfs file ``capture`` write and agx-emu replays.
 *
 * It begins with the 8 bytes of &DRM_AGXC_IMAGE_MAGIC.  Records follow, each a &struct
 * drm_agxc_image_record and as many bytes as it says:
 *
 * 1. one &DRM_AGXC_IMAGE_SUBMIT,
 * 2. &DRM_AGXC_IMAGE_COMMAND, in the order in which commands run,
 * 3. &DRM_AGXC_IMAGE_MAPPING, by ascending address,
 * 4. &DRM_AGXC_IMAGE_CONTENTS, for pages that are not zero,
 * 5. &DRM_AGXC_IMAGE_END.  Without it the image is not complete.
 *
 * All numbers are little endian.  Structures grow at the end only: readers take what is
 * missing for 0, skip what they do not know, and skip records of unknown types.
 */

/** define DRM_AGXC_IMAGE_MAGIC - the first bytes, with the 0 at the end of the string */
#define DRM_AGXC_IMAGE_MAGIC	"AGXMEM2"

/** enum drm_agxc_image_type - what a record is */
enum drm_agxc_image_type {
	/** @DRM_AGXC_IMAGE_END: the last record, empty */
	DRM_AGXC_IMAGE_END = 0,
	/** @DRM_AGXC_IMAGE_SUBMIT: a &struct drm_agxc_image_submit */
	DRM_AGXC_IMAGE_SUBMIT = 1,
	/** @DRM_AGXC_IMAGE_COMMAND: a &struct drm_agxc_image_command */
	DRM_AGXC_IMAGE_COMMAND = 2,
	/** @DRM_AGXC_IMAGE_MAPPING: a &struct drm_agxc_image_mapping */
	DRM_AGXC_IMAGE_MAPPING = 3,
	/**
	 * @DRM_AGXC_IMAGE_CONTENTS: a __u64 GPU address and the bytes from there on, which
	 * are of one mapping
	 */
	DRM_AGXC_IMAGE_CONTENTS = 4
};

/** struct drm_agxc_image_record - what each record begins with */
struct drm_agxc_image_record {
	/** @type: &enum drm_agxc_image_type */
	__u32 type;
	/** @pad: 0 */
	__u32 pad;
	/** @size: of what follows in bytes, a multiple of 8 */
	__u64 size;
};

/** define DRM_AGXC_IMAGE_SOFT_FAULTS - loads of unmapped memory were 0, stores vanished */
#define DRM_AGXC_IMAGE_SOFT_FAULTS	0x1u

/** struct drm_agxc_image_submit - the submission, and the GPU for which it was made */
struct drm_agxc_image_submit {
	/** @chip_id: as in &struct drm_asahi_params_global, and so are the next three */
	__u32 chip_id;
	/** @gpu_generation: 13 or 14 */
	__u32 gpu_generation;
	/** @gpu_variant: a letter */
	__u32 gpu_variant;
	/** @num_clusters_total: of all dies */
	__u32 num_clusters_total;
	/** @usc_exec_base: what shader addresses are relative to */
	__u64 usc_exec_base;
	/** @timestamp: of the capture, as &DRM_IOCTL_ASAHI_GET_TIME gives it */
	__u64 timestamp;
	/** @client_id: of the client, as fdinfo says it; numbers of one boot */
	__u64 client_id;
	/** @seqno: of the submission on its queue, from 1 */
	__u64 seqno;
	/** @queue_id: of the queue */
	__u32 queue_id;
	/** @vm_id: of its VM */
	__u32 vm_id;
	/** @flags: %DRM_AGXC_IMAGE_SOFT_FAULTS */
	__u32 flags;
	/** @pad: 0 */
	__u32 pad;
};

/** struct drm_agxc_image_command - a command of the submission */
struct drm_agxc_image_command {
	/** @type: &enum drm_asahi_cmd_type: 0 is render, 1 is compute */
	__u32 type;
	/** @pad: 0 */
	__u32 pad;
	/** @stream: GPU address of the control stream; of a render command 0 */
	__u64 stream;
	/** @stream_end: end of its first piece */
	__u64 stream_end;
};

/** struct drm_agxc_image_mapping - a mapping; they do not overlap */
struct drm_agxc_image_mapping {
	/** @address: GPU address */
	__u64 address;
	/** @size: in bytes */
	__u64 size;
	/**
	 * @flags: &enum drm_asahi_bind_flags: 2 readable, 4 writable, 8 all of the range is
	 * the same 16 KiB of the buffer
	 */
	__u32 flags;
	/**
	 * @object: number of the buffer that is mapped, from 1: mappings of one number share
	 * memory where their offsets are the same
	 */
	__u32 object;
	/** @offset: in the buffer, of the first byte */
	__u64 offset;
};

#if defined(__cplusplus)
}
#endif

#endif /* _AGX_COMPUTE_IMAGE_H_ */
