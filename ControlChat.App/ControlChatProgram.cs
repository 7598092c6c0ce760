using ControlChat.App.Start;

namespace ControlChat.App;

/// <summary>The process: picks the subcommand, turns faults into the exit codes of the contract.</summary>
public static class ControlChatProgram
{
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            await using var app = ControlChatApp.Create(args);
            await app.StartAsync();
            if (app.SignsInByLink) Console.WriteLine($"Open {await app.CreateSignInLinkAsync()}");
            await app.WaitForShutdownAsync();
            await app.StopAsync();
            return ExitCode.Done;
        }
        catch (StartException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return e.ExitCode;
        }
    }
}
