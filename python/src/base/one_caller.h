#pragma once
/// Objects for one caller at a time, whose calls give up the GIL meanwhile.

#include "base/errors.h"

namespace factorwal::python {

/// Made and ended under the GIL.
class OneCaller {
 public:
  class Turn {
   public:
    /// Raises Busy while another thread is within a call.
    explicit Turn(OneCaller& object) : taken_(object.taken_) {
      if (taken_) {
        raise(make_exception("Busy", Error{Errc::kFull, "another thread is using this object", 0}));
      }
      taken_ = true;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() { taken_ = false; }

   private:
    bool& taken_;
  };

 private:
  bool taken_ = false;
};

}  // namespace factorwal::python
