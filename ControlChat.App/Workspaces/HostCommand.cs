using ControlChat.App.Commands;
using ControlChat.App.Start;
using ControlChat.Core.Processes;

namespace ControlChat.App.Workspaces;

/// <summary>Is the host of one workspace. Started by the hub, never by hand: it ends when no hub asks for it.</summary>
internal sealed class HostCommand : ICommand
{
    public string Name => "host";

    public IReadOnlyList<string> Usage { get; } = ["host --workspace ID --action ID --socket PATH   (by the hub itself)"];

    public async Task<int> RunAsync(CommandLine line, CommandOutput output, CancellationToken cancellationToken)
    {
        line.Allow("workspace", "action", "socket");
        var (workspace, action, socket) = (line.Need("workspace"), line.Need("action"), line.Need("socket"));
        ProcessGroup.Lead();
        // One host for a workspace: the lock goes with the process, however it ends.
        await using var alone = Lock(socket + ".lock");
        if (alone is null) throw new StartException(ExitCode.InUse, "Another host of this workspace runs.");
        File.Delete(socket);
        await HostServer.RunAsync(new HostAnswer(workspace, action, Environment.ProcessId), socket, TimeProvider.System, cancellationToken);
        return ExitCode.Done;
    }

    private static FileStream? Lock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
