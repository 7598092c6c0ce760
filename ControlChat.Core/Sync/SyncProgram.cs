using ControlChat.Core.Processes;

namespace ControlChat.Core.Sync;

/// <summary>Runs rsync, ssh-keyscan and nothing else: in a process group of its own, with PATH and LANG as its whole environment, and never longer than wanted.</summary>
internal static class SyncProgram
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);
    private static readonly Dictionary<string, string> Environment = new() { ["PATH"] = Programs.Path, ["LANG"] = "C.UTF-8" };

    /// <summary>The path of a program.</summary>
    /// <exception cref="SyncFailedException">It is not installed.</exception>
    public static string Require(string name) => Programs.Find(name) ?? throw SyncFailedException.Outside(
        $"This needs '{name}', which is not on the hub's machine. Install the Debian package {PackageOf(name)} there, then ask again.");

    /// <returns>The exit code and the end of what it wrote to stderr. When this comes back, however it does, nothing of it runs any more.</returns>
    /// <exception cref="TimeoutException">It took longer than <paramref name="limit"/>.</exception>
    public static async Task<(int Code, string Complaint)> RunAsync(string name, IEnumerable<string> arguments, Func<TextReader, Task> read, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        var program = Require(name);
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        either.Token.ThrowIfCancellationRequested();
        // setsid (util-linux) becomes the program, at the head of its own group.
        var process = LongProcess.Start(new ProcessOrder(Require("setsid"), [program, .. arguments], "/", Environment), read);
        try
        {
            return (await process.Exited.WaitAsync(either.Token), process.Complaint);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{name} took longer than {limit.TotalSeconds:0} s.");
        }
        finally
        {
            await ProcessGroup.StopAllAsync(process.Id, Grace, time);
        }
    }

    private static string PackageOf(string name) => name switch { "rsync" => "rsync", "setsid" => "util-linux", _ => "openssh-client" };
}
