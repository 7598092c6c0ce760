namespace ControlChat.Core.Hub;

/// <summary>A part whose failing makes the hub not ready: each room registers its own, and <c>/health/ready</c> asks them all.</summary>
public interface IReadinessPart
{
    /// <summary>The word in the answer: <c>hub|bus|worker|checkpoint</c>.</summary>
    string Name { get; }

    /// <returns>Null when it serves, else a short reason without secrets or paths.</returns>
    Task<string?> FaultAsync(CancellationToken cancellationToken);
}

/// <summary>The database answers.</summary>
internal sealed class HubReadiness(HubDatabase database) : IReadinessPart
{
    public string Name => "hub";

    public async Task<string?> FaultAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var reader = await database.ReadAsync(cancellationToken);
            await reader.FindAsync<string>("select name from hub_facts limit 1", null, cancellationToken);
            return null;
        }
        catch (HubUnavailableException e)
        {
            return e.Message;
        }
    }
}
