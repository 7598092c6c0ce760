using ControlChat.Core.Workspaces.Hosts;

namespace ControlChat.App.Workspaces;

/// <summary>Where the host's program is: this very app, beside itself, whoever loaded it.</summary>
internal static class HostProgramFile
{
    public static HostProgram Find()
    {
        var name = typeof(HostProgramFile).Assembly.GetName().Name!;
        var own = Path.Combine(AppContext.BaseDirectory, name);
        // A build without its own launcher is started as this process was.
        return File.Exists(own) ? new HostProgram(own, ["host"]) : new HostProgram(Environment.ProcessPath ?? "dotnet", [own + ".dll", "host"]);
    }
}
