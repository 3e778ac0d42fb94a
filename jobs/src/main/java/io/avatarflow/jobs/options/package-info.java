/** The options of the job, one class for each subject; {@code AvatarJobOptions} joins them. */
package io.avatarflow.jobs.options;
