// Package kill names the points at which the tests end the process as a crash
// would. Without the build tag killpoints a point costs nothing.
//
//	HEKA_KILL_POINT=journal.appended:3 ends the process at the third passing.
package kill
