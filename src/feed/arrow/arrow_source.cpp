#include <utility>
#include <vector>

#include "factorwal/feed/arrow.h"
#include "feed/arrow/arrow_feed.h"
#include "feed/feed_shared.h"

namespace factorwal::feed {
namespace {

/// One Arrow stream as a source of its own.
class ArrowSource final : public TickSource {
 public:
  static Result<std::unique_ptr<TickSource>> open(OwnedArrowStream stream, FeedOptions options,
                                                  const std::string& name) {
    std::unique_ptr<ArrowSource> source(new ArrowSource(std::move(options), name));
    FeedShared& shared = source->shared_;
    if (Status prepared = prepare(shared); !prepared) return prepared.error();
    ArrowOrigin origin{name, name, 0, {}, false};
    Result<std::unique_ptr<ArrowFeed>> feed =
        ArrowFeed::open(std::move(stream), std::move(origin), shared);
    if (!feed) return feed.error();
    source->feed_ = std::move(*feed);
    return std::unique_ptr<TickSource>(std::move(source));
  }

  [[nodiscard]] Status go_on_at(const FeedPosition& position) override {
    if (position.identity.content_hash != feed_->identity().content_hash) {
      return Error{Errc::kNotFound,
                   paths_.front() +
                       ": is not what the earlier run was reading (other columns or another first "
                       "row); give the same again, or take it as new data with " +
                       shared_.options.words.append};
    }
    return feed_->skip_to(position);
  }
  [[nodiscard]] const std::vector<std::string>& paths() const noexcept override { return paths_; }
  [[nodiscard]] const TickSchema& schema() const override { return *shared_.schema; }
  [[nodiscard]] FeedStep next(TickRow& row) override { return feed_->next(row); }
  [[nodiscard]] const Error& error() const override { return feed_->error(); }
  [[nodiscard]] const FeedReport& report() const override { return shared_.report; }

 protected:
  [[nodiscard]] FeedStep append_rows(TickBatch& batch, std::size_t most) override {
    return feed_->append_rows(batch, most);
  }

 private:
  ArrowSource(FeedOptions options, std::string name) : paths_{std::move(name)} {
    shared_.options = std::move(options);
  }

  std::vector<std::string> paths_;
  FeedShared shared_;
  std::unique_ptr<ArrowFeed> feed_;
};

}  // namespace

Result<std::unique_ptr<TickSource>> open_arrow_stream(OwnedArrowStream stream, FeedOptions options,
                                                      const std::string& name) {
  return ArrowSource::open(std::move(stream), std::move(options), name);
}

}  // namespace factorwal::feed
