namespace ControlChat.Core.Runner;

/// <summary>Which model answers a run.</summary>
internal interface IModelSource
{
    /// <summary>For a fresh run: slash commands always go to the offline planner.</summary>
    ModelChoice Choose(string userText);

    /// <summary>For a run that goes on with the provider that began it.</summary>
    ModelChoice Named(string provider);
}

internal sealed class ModelSource(ModelClients clients) : IModelSource
{
    public ModelChoice Choose(string userText) => clients.Choose(userText);

    public ModelChoice Named(string provider) => clients.Named(provider);
}
