using System.Diagnostics;
using ControlChat.Core.Files;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Files;

/// <summary>A workspace's directory for one test.</summary>
internal sealed class FileTree : IDisposable
{
    public const int MostBytes = 64 * 1024;
    private readonly TempFolder _folder = new();

    public FileTree(TimeProvider? time = null)
    {
        Directory.CreateDirectory(Root);
        Files = WorkspaceFiles.Open(Root, MostBytes, time ?? TimeProvider.System);
        Backups = new BackupFolder(_folder["backups"], time ?? TimeProvider.System, mostOfOne: 3, mostInAll: 5);
    }

    public string Root => _folder["root"];

    public WorkspaceFiles Files { get; }

    public BackupFolder Backups { get; }

    public string this[string path] => Path.Combine(Root, path);

    public void Put(string path, string content = "") => Put(path, System.Text.Encoding.UTF8.GetBytes(content));

    public void Put(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[path])!);
        File.WriteAllBytes(this[path], content);
    }

    /// <summary>For what the runtime cannot make: pipes, names that are no text.</summary>
    public void Shell(string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", command]) { WorkingDirectory = Root })!;
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }

    public FileReading.Text Text(string path, long offset = 0, int? limit = null) => Assert.IsType<FileReading.Text>(Files.Read(path, offset, limit));

    public FileRefusal Refusal(string path, long offset = 0, int? limit = null) => Assert.IsType<FileReading.Refused>(Files.Read(path, offset, limit)).Refusal;

    public void Dispose()
    {
        Files.Dispose();
        _folder.Dispose();
    }
}
