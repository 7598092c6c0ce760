using System.Diagnostics;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Transcripts;

/// <summary>A disk in memory that is soon full.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public static async Task<SmallDisk> MountAsync(string path, string size)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root may mount a disk; the unwritable folder is tested for everybody.");
        Directory.CreateDirectory(path);
        Assert.Equal(0, await RunAsync("mount", "-t", "tmpfs", "-o", $"size={size},mode=700", "controlchat-test", path));
        return new SmallDisk(path);
    }

    /// <summary>Writes until nothing fits any more.</summary>
    public void Fill(string file)
    {
        using var filler = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var size = 64 * 1024; size > 0;)
        {
            try
            {
                filler.Write(new byte[size]);
            }
            catch (IOException)
            {
                size /= 2;
            }
        }
    }

    public async ValueTask DisposeAsync() => await RunAsync("umount", "--lazy", Path);

    private static async Task<int> RunAsync(string name, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(name, arguments))!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
