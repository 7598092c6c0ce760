using System.ComponentModel;
using System.Diagnostics;
using ControlChat.App.Start;

namespace ControlChat.App.Backup;

/// <summary>
/// The system's tar, for directories that others write in: it keeps rights, links and names of any bytes, opens no pipe, and follows no
/// link when it reads or when it writes.
/// </summary>
internal static class Tar
{
    private const int ChangedMeanwhile = 1;

    /// <returns>What it remarked, such as files that changed while they were read; empty when nothing.</returns>
    public static Task<string> CreateAsync(string archive, string directory, CancellationToken cancellationToken) =>
        RunAsync(["--create", "--file", archive, "--directory", directory, "--sparse", "--numeric-owner", "."], ChangedMeanwhile, cancellationToken);

    public static Task<string> ExtractAsync(string archive, string directory, CancellationToken cancellationToken) =>
        RunAsync(["--extract", "--file", archive, "--directory", directory, "--numeric-owner", "--preserve-permissions", "--delay-directory-restore"], 0, cancellationToken);

    private static async Task<string> RunAsync(string[] arguments, int worstCode, CancellationToken cancellationToken)
    {
        try
        {
            using var tar = Process.Start(new ProcessStartInfo("tar", arguments) { RedirectStandardError = true })!;
            var said = await tar.StandardError.ReadToEndAsync(cancellationToken);
            await tar.WaitForExitAsync(cancellationToken);
            return tar.ExitCode <= worstCode ? said.Trim() : throw new StartException(ExitCode.Failed, $"tar ended with {tar.ExitCode}: {said.Trim()}");
        }
        catch (Win32Exception e)
        {
            throw new StartException(ExitCode.Failed, $"--workspaces needs the program tar: {e.Message}");
        }
    }
}
