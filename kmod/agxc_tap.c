// SPDX-License-Identifier: GPL-2.0-only OR MIT
/**
 * DOC: dri/N/capture
 *
 * For clients that know nothing of CAPTURE: who opens this file gets the image of the next
 * submission of any queue, whenever that comes, as one reads from a pipe::
 *
 *	cat /sys/kernel/debug/dri/1/capture >image &
 *	./program
 *	agx-emu image
 *
 * The SUBMIT waits until all is read, until nobody has the file open any more, or for a
 * signal that kills; so the kernel keeps none of it.  With a number in dri/N/capture_skip,
 * as many submissions are let pass before.
 */
#include <drm/drm_drv.h>
#include <drm/drm_managed.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "agxc_capture.h"
#include "agxc_device.h"

/**
 * enum tap_state - what is going on
 * @TAP_CLOSED: nobody reads
 * @TAP_ARMED: a reader waits for a submission
 * @TAP_BUSY: one is being read
 * @TAP_DONE: it ended
 */
enum tap_state {
	TAP_CLOSED,
	TAP_ARMED,
	TAP_BUSY,
	TAP_DONE,
};

/**
 * struct agxc_tap - the file, of which there is one reader at a time
 * @dev: device
 * @lock: protects what follows; held while the reader copies from @data
 * @wait: either side, for the other one
 * @state: under @lock; peeked at without
 * @session: counts openings
 * @data: what the submitter has for the reader
 * @size: of it; 0: nothing
 * @error: with which the image ended, -EIO or 0
 * @removed: the file is going away
 * @skip: submissions to let pass before one is taken
 */
struct agxc_tap {
	struct agxc_device *dev;
	struct mutex lock;	/* for what follows */
	wait_queue_head_t wait;
	enum tap_state state;
	u64 session;
	const u8 *data;
	size_t size;
	int error;
	bool removed;
	atomic_t skip;
};

/* --- who submits ------------------------------------------------------------ */

/* Under the lock. */
static bool tap_has_reader(const struct agxc_tap_session *session)
{
	const struct agxc_tap *tap = session->tap;

	return tap->session == session->number && tap->state == TAP_BUSY && !tap->removed;
}

static bool tap_is_read(const struct agxc_tap_session *session)
{
	const struct agxc_tap *tap = session->tap;

	return !READ_ONCE(tap->size) || READ_ONCE(tap->session) != session->number ||
	       READ_ONCE(tap->removed);
}

static int tap_offer(struct agxc_tap_session *session, const void *data, size_t size)
{
	struct agxc_tap *tap = session->tap;
	int ret = -EPIPE;

	mutex_lock(&tap->lock);
	if (tap_has_reader(session)) {
		tap->data = data;
		WRITE_ONCE(tap->size, size);
		session->begun = true;
		ret = 0;
	}
	mutex_unlock(&tap->lock);
	wake_up_all(&tap->wait);
	return ret;
}

static int tap_write(struct agxc_sink *sink, const void *data, size_t size)
{
	struct agxc_tap_session *session = container_of(sink, struct agxc_tap_session, sink);
	struct agxc_tap *tap = session->tap;
	int ret;

	ret = tap_offer(session, data, size);
	if (ret)
		return ret;
	ret = wait_event_killable(tap->wait, tap_is_read(session));

	mutex_lock(&tap->lock);
	if (!tap_has_reader(session)) {
		ret = ret ?: -EPIPE;
	} else if (tap->size) {
		tap->data = NULL;
		WRITE_ONCE(tap->size, 0);
	}
	mutex_unlock(&tap->lock);
	return ret;
}

bool agxc_tap_begin(struct agxc_device *dev, struct agxc_tap_session *session)
{
	struct agxc_tap *tap = dev->tap;
	bool taken = false;

	if (!tap || READ_ONCE(tap->state) != TAP_ARMED)
		return false;

	mutex_lock(&tap->lock);
	if (tap->state == TAP_ARMED && !agxc_inject_once(&tap->skip)) {
		WRITE_ONCE(tap->state, TAP_BUSY);
		session->sink.write = tap_write;
		session->begun = false;
		session->tap = tap;
		session->number = tap->session;
		taken = true;
	}
	mutex_unlock(&tap->lock);
	return taken;
}

void agxc_tap_end(struct agxc_tap_session *session, int error)
{
	struct agxc_tap *tap = session->tap;

	mutex_lock(&tap->lock);
	if (tap_has_reader(session)) {
		/* No number that says something else to the reader. */
		tap->error = error ? -EIO : 0;
		WRITE_ONCE(tap->state, error == -ERESTARTSYS && !session->begun ?
				       TAP_ARMED : TAP_DONE);
	}
	mutex_unlock(&tap->lock);
	wake_up_all(&tap->wait);
}

/* --- who reads -------------------------------------------------------------- */

static int tap_open(struct inode *inode, struct file *file)
{
	struct agxc_tap *tap = inode->i_private;
	int ret = -EBUSY;

	mutex_lock(&tap->lock);
	if (tap->state == TAP_CLOSED) {
		/* The file may stay open for longer than the device is there. */
		drm_dev_get(&tap->dev->drm);
		file->private_data = tap;
		WRITE_ONCE(tap->session, tap->session + 1);
		tap->error = 0;
		WRITE_ONCE(tap->state, TAP_ARMED);
		ret = stream_open(inode, file);
	}
	mutex_unlock(&tap->lock);
	return ret;
}

static int tap_release(struct inode *inode, struct file *file)
{
	struct agxc_tap *tap = file->private_data;

	mutex_lock(&tap->lock);
	WRITE_ONCE(tap->session, tap->session + 1);
	WRITE_ONCE(tap->state, TAP_CLOSED);
	tap->data = NULL;
	WRITE_ONCE(tap->size, 0);
	mutex_unlock(&tap->lock);
	wake_up_all(&tap->wait);
	drm_dev_put(&tap->dev->drm);
	return 0;
}

static bool tap_has_news(const struct agxc_tap *tap)
{
	return READ_ONCE(tap->size) || READ_ONCE(tap->state) == TAP_DONE ||
	       READ_ONCE(tap->removed);
}

/* Under the lock; -EAGAIN where there is nothing yet. */
static ssize_t tap_take(struct agxc_tap *tap, char __user *buffer, size_t size)
{
	size_t n = min(size, tap->size);

	if (tap->removed)
		return -ENODEV;
	if (!tap->size)
		return tap->state == TAP_DONE ? tap->error : -EAGAIN;
	if (copy_to_user(buffer, tap->data, n))
		return -EFAULT;
	tap->data += n;
	WRITE_ONCE(tap->size, tap->size - n);
	return n;
}

static ssize_t tap_get(struct agxc_tap *tap, struct file *file, char __user *buffer,
		       size_t size)
{
	ssize_t ret;

	do {
		if (!(file->f_flags & O_NONBLOCK)) {
			ret = wait_event_interruptible(tap->wait, tap_has_news(tap));
			if (ret)
				return ret;
		}
		mutex_lock(&tap->lock);
		ret = tap_take(tap, buffer, size);
		mutex_unlock(&tap->lock);
	} while (ret == -EAGAIN && !(file->f_flags & O_NONBLOCK));
	if (ret > 0)
		wake_up_all(&tap->wait);
	return ret;
}

static void tap_cancel(struct dentry *dentry, void *data)
{
	struct agxc_tap *tap = data;

	WRITE_ONCE(tap->removed, true);
	wake_up_all(&tap->wait);
}

static ssize_t tap_read(struct file *file, char __user *buffer, size_t size, loff_t *pos)
{
	struct agxc_tap *tap = file->private_data;
	struct debugfs_cancellation cancellation = {
		.cancel = tap_cancel,
		.cancel_data = tap,
	};
	ssize_t ret;

	if (!size)
		return 0;
	/* Whoever removes the file waits for its readers. */
	debugfs_enter_cancellation(file, &cancellation);
	ret = tap_get(tap, file, buffer, size);
	debugfs_leave_cancellation(file, &cancellation);
	return ret;
}

static const struct file_operations tap_fops = {
	.owner = THIS_MODULE,
	.open = tap_open,
	.release = tap_release,
	.read = tap_read,
};

void agxc_tap_debugfs(struct agxc_device *dev, struct dentry *root)
{
	struct agxc_tap *tap;

	tap = drmm_kzalloc(&dev->drm, sizeof(*tap), GFP_KERNEL);
	if (!tap)
		return;

	tap->dev = dev;
	if (drmm_mutex_init(&dev->drm, &tap->lock))
		return;
	init_waitqueue_head(&tap->wait);
	dev->tap = tap;
	debugfs_create_atomic_t("capture_skip", 0600, root, &tap->skip);
	debugfs_create_file("capture", 0400, root, tap, &tap_fops);
}
