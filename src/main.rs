//! Arguments in, exit code out; nothing else.

/// Builds allocate millions of small strings on all cores, where this allocator is far ahead of the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    lyceum::cli::run()
}
