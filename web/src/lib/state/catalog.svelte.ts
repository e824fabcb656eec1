import { models, type Model, type Problem, Failure } from '../api/client';

/** A provider that is not set up, with what is missing and what it would offer. */
export interface Unset {
  readonly provider: string;
  readonly title: string;
  readonly because: string;
  readonly remedy: string;
  readonly models: Model[];
}

/** The models the server knows. */
class Catalog {
  all: Model[] = $state.raw([]);
  problem: Problem | undefined = $state.raw();

  async load() {
    try {
      this.all = await models();
      this.problem = undefined;
    } catch (error) {
      if (error instanceof Failure) this.problem = error.problem;
      else throw error;
    }
  }

  find(id: string | undefined): Model | undefined {
    return this.all.find((model) => model.id === id);
  }

  /** Those that can do an operation and have not been retired: first what can be used now. */
  able(operation: string): Model[] {
    const able = this.all.filter((model) => operation in model.operations && model.lifecycle !== 'retired');
    return able.toSorted((one, other) => Number(other.available) - Number(one.available));
  }

  /** The models whose provider is not set up, by provider: the reason is said once. */
  unset(models: Model[]): Unset[] {
    const missing = models.filter((model) => !model.available && model.lifecycle !== 'retired');
    return [...new Set(missing.map((model) => model.provider))].map((provider) => {
      const its = missing.filter((model) => model.provider === provider);
      return {
        provider,
        title: its[0]?.provider_title ?? provider,
        because: its[0]?.unavailable_because ?? '',
        remedy: its[0]?.remedy ?? '',
        models: its,
      };
    });
  }

  /** What an operation starts with: what paints here and costs nothing, else the first that can be used. */
  first(operation: string): Model | undefined {
    const usable = this.able(operation).filter((model) => model.available);
    return usable.find((model) => model.hosting === 'here') ?? usable[0];
  }
}

export const catalog = new Catalog();
