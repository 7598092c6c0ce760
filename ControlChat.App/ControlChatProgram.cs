namespace ControlChat.App;

/// <summary>The process: picks the subcommand, turns faults into the exit codes of the contract.</summary>
public static class ControlChatProgram
{
    public static async Task<int> RunAsync(string[] args)
    {
        await using var app = ControlChatApp.Create(args);
        await app.RunAsync();
        return 0;
    }
}
